"""Clutter (distractors): small pieces of other digits, scattered over the canvas."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.data.distortions import MAX_PATCHES, PATCH
from stnviz.shapes import Float

_INK = (4, 19)
"""Range [4, 19) of a piece's top left corner in its digit, in pixels: there digits have ink."""

_FIRST = 6
"""Number of pieces in the first block of random numbers: as many as the paper's TC has."""


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
    wanted = count.round().long().clamp(0, MAX_PATCHES)
    most = int(wanted.max())
    if most == 0:
        return images
    batch, _, height, width = images.shape
    device = images.device
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
    reach = torch.arange(patch, device=device)
    rows, columns = reach[:, None].expand(patch, patch), reach.expand(patch, patch)

    pieces = cuttings[
        digit[..., None, None], 0, top[..., None, None] + rows, left[..., None, None] + columns
    ]
    order = torch.arange(most, device=device)[:, None]
    pieces = pieces * (order < wanted)[..., None, None]
    place = (to_top[..., None, None] + rows) * width + to_left[..., None, None] + columns
    flat = images.flatten(1).scatter_reduce(
        1, place.transpose(0, 1).flatten(1), pieces.transpose(0, 1).flatten(1), "amax"
    )
    return flat.view_as(images)
