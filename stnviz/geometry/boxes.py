"""Convert a box in pixels to the theta of a window, and a window to its bounding box.

A window that theta neither rotates nor bends is upright, so it is a box. Boxes are
(x0, y0, x1, y1) in pixels, edge to edge (:mod:`stnviz.geometry.pixels`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.geometry.matrices import matrix_to_theta
from stnviz.geometry.pixels import box_around, pixel_boxes_to_unit, unit_to_pixel_boxes
from stnviz.shapes import Float
from stnviz.transforms import Attention, Similarity, Transform, Translation

ALONG_A_SIDE = 65
"""Points along each side of a window that are mapped: a spline may bend a side."""


def box_to_theta(
    transform: Transform, boxes: Float[Tensor, "b 4"], size: Size
) -> Float[Tensor, "b p"]:
    """Theta of the window that samples a box.

    An affine or projective window equals the box. An attention or similarity window has the aspect
    ratio of the image: it is the smallest such window around the box's centre that contains the
    box. A translation window also has a fixed size: it is centred on the box.

    Args:
        transform: translation, attention, similarity, affine or projective.
        boxes: (x0, y0, x1, y1) in pixels of the input, edge to edge.
        size: (height, width) of the input in pixels.

    Raises:
        ValueError: a box is empty, or the family cannot represent such a window.
    """
    if bool((boxes[:, 2:] <= boxes[:, :2]).any()):
        raise ValueError(
            "A box has no area: give (x0, y0, x1, y1) in pixels with x0 < x1 and y0 < y1."
        )
    low, high = pixel_boxes_to_unit(boxes, size).split(2, dim=1)
    centre, half = (low + high) / 2, (high - low) / 2
    if isinstance(transform, Translation):
        half = torch.full_like(half, transform.scale)
    elif isinstance(transform, Attention | Similarity):
        half = half.amax(dim=1, keepdim=True).expand_as(half)
    matrix = torch.cat([half, torch.ones_like(half[:, :1])], dim=1).diag_embed()
    matrix[:, :2, 2] = centre
    return matrix_to_theta(transform, matrix)


def theta_to_box(
    transform: Transform, theta: Float[Tensor, "b p"], size: Size
) -> Float[Tensor, "b 4"]:
    """The smallest upright box that contains the window; an upright window is its own box.

    Args:
        transform: any transform.
        theta: its parameters.
        size: (height, width) of the input in pixels.

    Returns:
        (x0, y0, x1, y1) in pixels of the input, edge to edge; not clipped to the image.
    """
    image_box = theta.new_tensor([-1.0, -1.0, 1.0, 1.0]).expand(len(theta), 1, 4)
    around = frames(image_box)[:, 0]
    return unit_to_pixel_boxes(box_around(transform.points(theta, around)), size)


def frames(boxes: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n k 2"]:
    """Points along the four sides of boxes, including the corners."""
    low, high = boxes[..., None, :2], boxes[..., None, 2:]
    along = torch.linspace(0, 1, ALONG_A_SIDE, device=boxes.device, dtype=boxes.dtype)
    start, end = torch.zeros_like(along), torch.ones_like(along)
    sides = [(along, start), (along, end), (start, along), (end, along)]
    shares = torch.cat([torch.stack(side, dim=1) for side in sides])
    # A weighted mean, so that a share of 1 gives exactly the corner.
    return low * (1 - shares) + high * shares
