"""Clutter (distractors): small pieces of other digits, scattered over the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.distortions import MAX_PATCHES, PATCH
from stnviz.shapes import Float, Int

_INK = (4, 19)
"""Range [4, 19) of a piece's top left corner in its digit, in pixels: there digits have ink."""

_FIRST = 6
"""Number of pieces in the first block of random numbers: as many as the paper's TC has."""


@dataclass(frozen=True)
class Pieces:
    """Pieces of digits to paste on each image.

    Args:
        images: (B, N, P, P) in [0, 1].
        places: (B, N, 2) column and row of each piece's top left pixel.
    """

    images: Float[Tensor, "b n p p"]
    places: Int[Tensor, "b n 2"]


def add_clutter(
    images: Float[Tensor, "b 1 h w"],
    cuttings: Float[Tensor, "m 1 28 28"],
    count: Float[Tensor, " b"],
    generator: torch.Generator,
    patch: int = PATCH,
    among: tuple[int, int] | None = None,
) -> Float[Tensor, "b 1 h w"]:
    """Paste ``count`` pieces of random digits on each image; the brighter pixel wins.

    Piece k of an image does not depend on ``count``: raising it by one adds a piece and leaves
    the others in place.

    Args:
        images: the canvases, at least as large as a piece.
        cuttings: digits to cut pieces from.
        count: number of pieces for each image, rounded; at most 16.
        generator: draws the pieces and their positions.
        patch: height and width of a piece in pixels, at most 10.
        among: (first, all) where ``images`` are a slice, from index ``first``, of a batch of
            ``all``: they get the same pieces as in the whole batch.
    """
    most = most_pieces(count)
    if most == 0:
        return images
    batch, _, height, width = images.shape
    drawn = draw_pieces(cuttings, batch, (height, width), most, generator, patch, among)
    return paste(images, drawn, count)


def most_pieces(count: Float[Tensor, " b"]) -> int:
    """The largest number of pieces on any image."""
    return int(_whole(count).max())


def draw_pieces(
    cuttings: Float[Tensor, "m 1 28 28"],
    batch: int,
    size: Size,
    most: int,
    generator: torch.Generator,
    patch: int = PATCH,
    among: tuple[int, int] | None = None,
) -> Pieces:
    """Draw ``most`` random pieces for each of ``batch`` images of ``size``.

    The other arguments are those of :func:`add_clutter`.
    """
    height, width = size
    device = cuttings.device
    first, together = among or (0, batch)
    ranges = (
        (0, len(cuttings)), _INK, _INK, (0, height - patch + 1), (0, width - patch + 1),
    )  # fmt: skip

    def integers(pieces: int) -> Tensor:
        numbers = [
            torch.randint(low, high, (pieces, together), generator=generator, device=device)
            for low, high in ranges
        ]
        return torch.stack(numbers)[..., first : first + batch]

    # Always drawn in the same two blocks, so that the count does not change the random numbers.
    drawn = integers(_FIRST)
    if most > _FIRST:
        drawn = torch.cat([drawn, integers(MAX_PATCHES - _FIRST)], dim=1)
    digit, top, left, to_top, to_left = drawn[:, :most].unbind()
    rows, columns = _pixels(patch, device)
    pieces = cuttings[
        digit[..., None, None], 0, top[..., None, None] + rows, left[..., None, None] + columns
    ]
    return Pieces(pieces.transpose(0, 1), torch.stack([to_left, to_top], dim=-1).transpose(0, 1))


def paste(
    images: Float[Tensor, "b 1 h w"], pieces: Pieces, count: Float[Tensor, " b"]
) -> Float[Tensor, "b 1 h w"]:
    """Paste the first ``count`` pieces, rounded, on each image; the brighter pixel wins."""
    device, width = images.device, images.shape[-1]
    order = torch.arange(pieces.images.shape[1], device=device)
    pasted = pieces.images * (order < _whole(count)[:, None])[..., None, None]
    rows, columns = _pixels(pieces.images.shape[-1], device)
    left, top = pieces.places[..., None, None].unbind(dim=2)
    place = (top + rows) * width + left + columns
    flat = images.flatten(1).scatter_reduce(1, place.flatten(1), pasted.flatten(1), "amax")
    return flat.view_as(images)


def _whole(count: Float[Tensor, " b"]) -> Int[Tensor, " b"]:
    return count.round().long().clamp(0, MAX_PATCHES)


def _pixels(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column of each pixel of a square."""
    reach = torch.arange(side, device=device)
    return reach[:, None].expand(side, side), reach.expand(side, side)
