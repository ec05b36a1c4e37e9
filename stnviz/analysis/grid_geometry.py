"""Geometry of sampling grids in pixels, for pictures and volumes alike."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

from stnviz.shapes import Bool, Float

Extents = tuple[int, ...]
"""(height, width), or (depth, height, width)."""

TAKES_PART = 0.05
"""A pixel is read by a sample if it has at least this weight in it."""


def centres(size: tuple[int, ...], *, align_corners: bool) -> Float[Tensor, "n d"]:
    """(x, y), or (x, y, z), of all output pixels in either convention, in float64."""
    axes = [
        torch.linspace(-1, 1, extent, dtype=torch.float64)
        if align_corners and extent > 1  # a single one lies in the middle, as PyTorch has it
        else (2 * torch.arange(extent, dtype=torch.float64) + 1) / extent - 1
        for extent in size
    ]
    grids = torch.meshgrid(*axes, indexing="ij")
    return torch.stack(grids[::-1], dim=-1).flatten(0, -2)


def identity_grid(size: Extents, *, align_corners: bool) -> Float[Tensor, "*size d"]:
    """The grid of the identity in either convention, (x, y) or (x, y, z) last."""
    return centres(size, align_corners=align_corners).float().unflatten(0, size)


def half_pixels(size: Extents, *, align_corners: bool) -> Float[Tensor, " d"]:
    """Pixels per unit along x, y (and z): half of an image, in either convention."""
    extents = torch.tensor([float(extent) for extent in reversed(size)])
    return (extents - 1 if align_corners else extents) / 2


def to_pixels(
    grid: Float[Tensor, "b *size d"], size: Extents, *, align_corners: bool
) -> Float[Tensor, "b *size d"]:
    """Positions in pixels, 0 at the centre of the first; ``size`` is that of the input."""
    half = half_pixels(size, align_corners=align_corners)
    return (grid + 1) * half - (0.0 if align_corners else 0.5)


def cell_steps(grid: Float[Tensor, "b *size d"]) -> Float[Tensor, "b *cells d d"]:
    """Differences between neighbours, one column for each output axis, x first."""
    axes = grid.shape[-1]
    corner = (slice(None), *[slice(None, -1)] * axes)
    columns = []
    for axis in range(axes, 0, -1):
        ahead = (*corner[:axis], slice(1, None), *corner[axis + 1 :])
        columns.append(grid[ahead] - grid[corner])
    return torch.stack(columns, dim=-1)


def determinants(matrices: Float[Tensor, "*b d e"]) -> Float[Tensor, "*b"]:
    """Determinants of 2x2 or 3x3 matrices, much faster than a general routine's."""
    columns = matrices.unbind(dim=-1)
    if len(columns) == 2:
        first, second = columns
        return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    return (columns[0] * torch.linalg.cross(columns[1], columns[2])).sum(dim=-1)


def affine_part(
    grid: Float[Tensor, "b *size d"], base: Float[Tensor, "*size d"]
) -> Float[Tensor, "b d e"]:
    """Rows (linear part, shift) of the affine maps closest to grids; ``e`` is d + 1.

    The columns of an identity grid are orthogonal, so that least squares is a sum of products.
    Along an axis of one pixel the map is taken to be the identity.
    """
    points, places = base.flatten(0, -2), grid.flatten(1, -2)
    length = points.square().sum(dim=0)
    slopes = torch.einsum("bni,nj->bij", places, points) / length.clamp(min=1e-12)
    linear = torch.where(length < 1e-9, torch.eye(len(length), dtype=slopes.dtype), slopes)
    return torch.cat([linear, places.mean(dim=1)[:, :, None]], dim=2)


def read_counts(
    positions: Float[Tensor, "b *size d"], size: Extents, kernel: str
) -> Bool[Tensor, "b n"]:
    """Which pixels of the input any sample reads.

    Args:
        positions: in pixels.
        size: of the input; n is its number of pixels.
        kernel: nearest reads one pixel, the others are taken to read as bilinear does.
    """
    places = positions.flatten(1, -2).flip(dims=[-1])  # in the order of the size
    if kernel == "nearest":
        places = places.round()
    first = places.floor()
    fraction = places - first
    read = torch.zeros(len(places), prod(size) + 1, dtype=torch.bool)
    extents = torch.tensor(size)
    for corner in range(2 ** len(size)):
        ahead = torch.tensor([corner >> axis & 1 for axis in range(len(size))])
        weight = torch.where(ahead.bool(), fraction, 1 - fraction).prod(dim=-1)
        at = first + ahead
        inside = ((at >= 0) & (at < extents)).all(dim=-1) & (weight >= TAKES_PART)
        index = torch.zeros_like(inside, dtype=torch.long)
        for axis, extent in enumerate(size):
            index = index * extent + at[..., axis].clamp(0, extent - 1).long()
        read.scatter_(1, torch.where(inside, index, prod(size)), True)
    return read[:, :-1]
