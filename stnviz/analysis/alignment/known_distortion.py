"""Known distortions of a model's own inputs: rotation, scale and shift about the image centre."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import aspect_of, sample
from stnviz.records.alignment import QUANTITIES, Quantity
from stnviz.shapes import Float
from stnviz.transforms import Similarity

UNDISTORTED = {"angle": 0.0, "scale": 1.0, "shift_x": 0.0, "shift_y": 0.0}
"""The amount of each quantity that changes nothing; in the order of a similarity's theta."""


def distort_images(
    images: Float[Tensor, "b c h w"],
    quantity: Quantity,
    amount: float,
    background: float | Tensor | None = None,
) -> Float[Tensor, "b c h w"]:
    """Rotate, enlarge or move images.

    Args:
        images: in any range; images of a foreign model are often normalised.
        quantity: what to change.
        amount: by how much: radians clockwise, a factor, or half images right or down.
        background: value outside the image, one number or a tensor that broadcasts to the images;
            by default that of :func:`border_values`.

    Raises:
        ValueError: these are no pictures, there is no such quantity, or the scale is not positive.
    """
    if images.ndim != 4:
        raise ValueError(f"Images of shape {tuple(images.shape)} are no pictures (B, C, H, W).")
    if quantity not in QUANTITIES:
        raise ValueError(f"There is no {quantity!r}: choose one of {', '.join(QUANTITIES)}.")
    if quantity == "scale" and not amount > 0:
        raise ValueError(f"An image cannot be scaled by {amount:g}: give a factor above 0.")
    if amount == UNDISTORTED[quantity]:
        return images
    height, width = images.shape[-2:]
    size = (height, width)
    transform = Similarity(aspect=aspect_of(size))
    theta = torch.tensor([list((UNDISTORTED | {quantity: amount}).values())])
    # A grid asks where each distorted pixel comes from: the inverse of where the content goes.
    grid = transform.grid(transform.inverse(theta), size).to(images.device)
    fill = border_values(images) if background is None else torch.as_tensor(background)
    fill = fill.to(images)
    seen = sample(images - fill, grid.expand(len(images), -1, -1, -1))
    return seen.to(images.dtype) + fill


def border_values(images: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c 1 1"]:
    """The background of each image: the median of its border, channel by channel."""
    edges = (images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1])
    border: Tensor = torch.cat(edges, dim=-1).median(dim=-1).values
    return border[..., None, None]
