"""Where the steps of a trace look in the image, in numpy: points through one grid after another.

A step's grid gives the points of its own input that it samples. Parallel transformers sample the
image; in a sequence, a later one may sample the output of an earlier one, and what it looks at in
the image is then the composition of both grids. Grids are interpolated linearly between their
points and extrapolated linearly beyond them, which is exact for affine maps and close for others.

Points are (x, y) in [-1, 1], and -1 and 1 are the edges of the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stnviz.records.conventions import conventional_grid
from stnviz.records.trace import Array, Step, Trace


def warps_of(trace: Trace) -> list[Step[Array]]:
    """The steps that have a window: warps and fields of pictures, in order of (tick, lane)."""
    return [
        step
        for step in sorted(trace.steps, key=lambda step: (step.tick, step.lane))
        if step.kind in ("warp", "field") and step.grid.ndim == 4 and min(step.grid.shape[1:3]) > 1
    ]


def last_warps(trace: Trace) -> list[Step[Array]]:
    """The warps whose output no other warp samples: what a network looks at in the end."""
    warps = warps_of(trace)
    sampled = {id(one) for step in warps for one in chain_of(trace, step)[1:]}
    return [step for step in warps if id(step) not in sampled]


def letter_of(step: Step[Array]) -> str:
    """The letter of a step's lane, with the number of the step if it is a later one."""
    return chr(ord("A") + step.lane % 26) + (str(step.tick + 1) if step.tick else "")


def look_through(grid: Array, points: Array) -> Array:
    """The input points sampled at points of the output, by bilinear interpolation of the grid.

    Args:
        grid: (H, W, 2) points that are sampled at the output's pixel centres.
        points: (N, 2) points (x, y) of the output, in [-1, 1] or beyond.

    Returns:
        (N, 2) points of the input.
    """
    size = np.array(grid.shape[1::-1])
    at = (points + 1) * size / 2 - 0.5
    whole = np.nan_to_num(np.floor(at))
    low = np.clip(whole, 0, np.maximum(size - 2, 0)).astype(int)
    high = np.minimum(low + 1, size - 1)
    across, down = np.moveaxis(at - low, -1, 0)[..., None]
    top = grid[low[:, 1], low[:, 0]] * (1 - across) + grid[low[:, 1], high[:, 0]] * across
    bottom = grid[high[:, 1], low[:, 0]] * (1 - across) + grid[high[:, 1], high[:, 0]] * across
    found: Array = top * (1 - down) + bottom * down
    return found


def chain_of(trace: Trace, step: Step[Array]) -> tuple[Step[Array], ...]:
    """A step and those whose output it samples in turn, up to the one that samples the image.

    A step whose input is the image samples it directly, and so does the first step of a sequence.
    Any other step samples the output that equals its input, or else that of the latest earlier
    step, of its own lane if there is one: feature maps are treated as the picture that they were
    computed from, since their edges are the same.
    """
    chain = [step]
    while (before := _before(trace, chain[-1])) is not None:
        chain.append(before)
    return tuple(chain)


def points_in_image(chain: Sequence[Step[Array]], index: int, points: Array) -> Array:
    """The points of the image that are sampled at points of the output of a chain's first step.

    Args:
        chain: from :func:`chain_of`.
        index: index of the image in the trace.
        points: (N, 2) points of the output.

    Returns:
        (N, 2) points of the image.
    """
    for step in chain:
        points = look_through(conventional_grid(step)[index], points)
    return points


def lattice(side: int) -> Array:
    """(side * side, 2) points from edge to edge of a window, row by row."""
    axis = np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def _before(trace: Trace, step: Step[Array]) -> Step[Array] | None:
    """The step whose output this step samples; None if it samples the image."""
    if _same(step.input, trace.images):
        return None
    others = [one for one in trace.steps if (one.tick, one.lane) < (step.tick, step.lane)]
    if direct := [one for one in others if _same(one.output, step.input)]:
        return direct[-1]
    earlier = [one for one in others if one.tick < step.tick and not _same(one.input, step.input)]
    own = [one for one in earlier if one.lane == step.lane]
    return max(own or earlier, key=lambda one: one.tick, default=None)


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.array_equal(one, other)
