"""Maps of one sampling grid: where it reads, how densely, how often each pixel, and what outside.

All are in pixels of the input, whatever convention the sampler has: pixel j has its centre at j and
its edges at j - 0.5 and j + 0.5.
"""

from __future__ import annotations

import numpy as np
import torch

from stnviz.analysis.grid_geometry import cell_steps, determinants, identity_grid, to_pixels
from stnviz.records import Array
from stnviz.shapes import Float

MOST_BINS = 2**20
"""Pixels of a read count; of a larger input, blocks of pixels are counted together."""


def pixel_positions(
    grid: Float[Array, "*size d"], input_size: tuple[int, ...], *, align_corners: bool
) -> Float[Array, "*size d"]:
    """Where each sample is read, in pixels of the input.

    Args:
        grid: points (x, y), or (x, y, z), in [-1, 1].
        input_size: (H, W) or (D, H, W) of the input.
        align_corners: the convention of the grid: whether -1 and 1 are the centres of the outermost
            pixels, not their edges.

    Returns:
        Points in float32; 0 is the centre of the first pixel.
    """
    points = torch.from_numpy(np.array(grid, np.float64))[None]
    places = to_pixels(points, input_size, align_corners=align_corners)[0]
    return np.asarray(places.numpy(), np.float32)


def positions_at_rest(
    output_size: tuple[int, ...], input_size: tuple[int, ...], *, align_corners: bool
) -> Float[Array, "*size d"]:
    """Where the identity reads, as :func:`pixel_positions` returns it.

    Args:
        output_size: (h, w) or (d, h, w).
        input_size: (H, W) or (D, H, W).
        align_corners: the sampler's convention.
    """
    grid = identity_grid(output_size, align_corners=align_corners).numpy()
    return pixel_positions(grid, input_size, align_corners=align_corners)


def pixel_areas(positions: Float[Array, "*size d"]) -> Float[Array, "*cells"]:
    """Input pixels that each cell between neighbouring samples covers: the Jacobian determinant.

    It is 1 where the output has the input's resolution, above 1 where input pixels are skipped, and
    negative where the grid is mirrored or folded.

    Args:
        positions: as :func:`pixel_positions` returns them, (h, w, 2) or (d, h, w, 3).

    Returns:
        (h - 1, w - 1) or (d - 1, h - 1, w - 1); NaN where the grid is not finite.
    """
    areas = determinants(cell_steps(torch.from_numpy(positions)[None]))[0]
    return np.asarray(areas.numpy())


def read_counts(
    positions: Float[Array, "*size 2"],
    input_size: tuple[int, int],
    *,
    padding: str = "zeros",
    align_corners: bool = False,
) -> Float[Array, "rows columns"]:
    """How often the bilinear kernel reads each input pixel: the sum of its weights there.

    Args:
        positions: as :func:`pixel_positions` returns them.
        input_size: (H, W).
        padding: zeros, border or reflection: what is read in place of points outside.
        align_corners: at which edges a reflection turns back.

    Returns:
        (H, W); of an input of more than ``MOST_BINS`` pixels, means over square blocks of pixels.
    """
    height, width = input_size
    block = int(np.ceil(np.sqrt(max(1.0, height * width / MOST_BINS))))
    shape = (-(-height // block), -(-width // block))
    points = positions.reshape(-1, 2).astype(np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    x, y = (
        _padded(points[:, axis], extent, padding, align_corners)
        for axis, extent in ((0, width), (1, height))
    )
    counts = np.zeros(shape[0] * shape[1])
    left, top = np.floor(x), np.floor(y)
    for across in (0, 1):
        for down in (0, 1):
            column, row = left + across, top + down
            weight = (1 - np.abs(x - column)) * (1 - np.abs(y - row))
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            place = (row[inside] // block) * shape[1] + column[inside] // block
            counts += np.bincount(place.astype(np.int64), weight[inside], len(counts))
    return (counts.reshape(shape) / block**2).astype(np.float32)


def distance_outside(
    positions: Float[Array, "*size d"], input_size: tuple[int, ...]
) -> Float[Array, "*size"]:
    """How many pixels beyond the edge of the input each sample is read; 0 inside.

    Args:
        positions: as :func:`pixel_positions` returns them.
        input_size: (H, W) or (D, H, W).
    """
    last = np.array(input_size[::-1], np.float32) - 0.5
    beyond = np.maximum(np.maximum(-0.5 - positions, positions - last), 0)
    return np.asarray(np.sqrt(np.square(beyond, dtype=np.float64).sum(axis=-1)), np.float32)


def _padded(
    points: Float[Array, " n"], extent: int, padding: str, align_corners: bool
) -> Float[Array, " n"]:
    """The points of one axis that are read in place of those outside, as torch moves them."""
    if padding == "border":
        return points.clip(0, extent - 1)
    if padding == "reflection":
        low, span = (0.0, extent - 1.0) if align_corners else (-0.5, float(extent))
        if span <= 0:
            return np.zeros_like(points)
        turned = np.abs((points - low + span) % (2 * span) - span) + low
        return turned.clip(0, extent - 1)
    return points.clip(-2, extent + 1)  # so that no place of a bin overflows
