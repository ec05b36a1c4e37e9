"""Cluttered sequences: three digits in a row, at different heights, among pieces of other digits.

After Sønderby et al. 2015 (arXiv 1509.05329), section 4. An image is a function of the digits,
their positions and the clutter, so that a page can move one digit and keep the rest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.data.clutter import add_clutter
from stnviz.data.digits import DIGIT
from stnviz.shapes import Float, Int

CANVAS, LENGTH = 100, 3
"""Height and width of an image in pixels, and its number of digits."""

CLUTTER, PATCH = 8, 9
"""Number of pieces of other digits in an image, and their height and width in pixels."""

STEEPEST = 18
"""Maximum vertical distance between neighbouring digits, in pixels."""


def draw_places(count: int, generator: torch.Generator) -> Int[Tensor, "b n 2"]:
    """Draw random positions of digits: side by side without a gap, each randomly up or down.

    Args:
        count: B, number of images.
        generator: its device is that of the result.

    Returns:
        (B, 3, 2) the top left corner of each digit as (x, y) in pixels.
    """
    device, room = generator.device, CANVAS - DIGIT

    def whole(low: int, high: int, *shape: int) -> Tensor:
        return torch.randint(low, high + 1, (count, *shape), generator=generator, device=device)

    first = whole(0, CANVAS - LENGTH * DIGIT)
    xs = first[:, None] + DIGIT * torch.arange(LENGTH, device=device)
    ys = whole(0, room)[:, None] + whole(-STEEPEST, STEEPEST, LENGTH).cumsum(dim=1)
    # Positions beyond the top or bottom are reflected back into the image.
    ys = room - (room - ys.abs()).abs()
    return torch.stack([xs, ys], dim=2)


def draw_sequences(
    digits: Float[Tensor, "b n 28 28"],
    places: Int[Tensor, "b n 2"],
    cuttings: Float[Tensor, "m 1 28 28"],
    generator: torch.Generator,
    distractors: Float[Tensor, " b"] | None = None,
    among: tuple[int, int] | None = None,
) -> Float[Tensor, "b 1 100 100"]:
    """Paste digits and clutter on black canvases; the brighter pixel wins.

    Args:
        digits: in [0, 1].
        places: positions as from :func:`draw_places`, clamped to the canvas.
        cuttings: digits that clutter is cut from.
        generator: draws the clutter.
        distractors: number of pieces of clutter in each image; 8 by default, at most 16.
        among: as in :func:`stnviz.data.clutter.add_clutter`.
    """
    canvas = paste_digits(digits, places)
    if distractors is None:
        distractors = torch.full((len(canvas),), float(CLUTTER), device=canvas.device)
    return add_clutter(canvas, cuttings, distractors, generator, PATCH, among)


def paste_digits(
    digits: Float[Tensor, "b n 28 28"], places: Int[Tensor, "b n 2"]
) -> Float[Tensor, "b 1 100 100"]:
    """Digits on black canvases, without clutter; the brighter pixel wins."""
    batch, device = len(digits), digits.device
    reach = torch.arange(DIGIT, device=device)
    corner = places.clamp(0, CANVAS - DIGIT)[..., None, None, :]
    rows, columns = corner[..., 1] + reach[:, None], corner[..., 0] + reach
    canvas = torch.zeros(batch, CANVAS * CANVAS, device=device)
    canvas = canvas.scatter_reduce(
        1, (rows * CANVAS + columns).flatten(1), digits.flatten(1), "amax"
    )
    return canvas.view(batch, 1, CANVAS, CANVAS)


def frames(places: Int[Tensor, "b n 2"]) -> Float[Tensor, "b n 4 2"]:
    """Corners of the digits as (x, y) in [-1, 1], clockwise from the top left."""
    square = places.new_tensor([(0, 0), (DIGIT, 0), (DIGIT, DIGIT), (0, DIGIT)])
    return (places[..., None, :] + square) * (2 / CANVAS) - 1


def middles(places: Int[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
    """Centres of the digits as (x, y) in [-1, 1]."""
    return (places + DIGIT / 2) * (2 / CANVAS) - 1


def corner_at(middle: Float[Tensor, "n 2"]) -> Int[Tensor, "n 2"]:
    """Positions (top left corners, in pixels) of digits with these centres, clamped to the image.

    It is the inverse of :func:`middles`, up to rounding.
    """
    corner = ((middle + 1) * (CANVAS / 2) - DIGIT / 2).round()
    return corner.clamp(0, CANVAS - DIGIT).long()
