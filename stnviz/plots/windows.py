"""Outlines of the windows of a trace's steps in the input image, in numpy.

A step's grid gives the points of its own input that it samples. Parallel transformers sample the
image; in a sequence, a later one may sample the output of an earlier one, and its window in the
image is then the composition of both grids. Grids are interpolated linearly between their points
and extrapolated linearly beyond them, which is exact for affine maps and close for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stnviz.records import Array, Step, Trace


@dataclass(frozen=True)
class Window:
    """The outline of the window of one step in one image.

    Args:
        lane: index among parallel transformers.
        tick: index of the step among steps in sequence.
        outline: (N, 2) closed line of points (x, y) in [-1, 1] of the image.
    """

    lane: int
    tick: int
    outline: Array


def check_index(trace: Trace, index: int) -> None:
    """Refuse an index that no image of the trace has.

    Raises:
        IndexError: the index is out of range; the message gives the valid range.
    """
    if not -len(trace) <= index < len(trace):
        raise IndexError(
            f"The trace holds {len(trace)} images: choose an index from 0 to {len(trace) - 1}, "
            f"not {index}."
        )


def check_steps(trace: Trace) -> None:
    """Refuse a trace without steps.

    Raises:
        ValueError: the trace has no steps; the message says what to do.
    """
    if not trace.steps:
        raise ValueError(
            "The trace has no steps, for its network has no transformer: inspect a network with "
            "one, such as mnist-r/st-cnn-affine."
        )


def windows_of(trace: Trace, index: int) -> Iterator[Window]:
    """The window of every step in the image, in order of (tick, lane).

    A step whose input is the image samples it directly, and so does the first step of a sequence.
    Any other step is composed with the latest earlier step, of its own lane if there is one.
    Feature maps are treated as the image they were computed from, since their edges are the same.

    Args:
        trace: with steps.
        index: index of the image in the trace.
    """
    for step in sorted(trace.steps, key=lambda step: (step.tick, step.lane)):
        points, looker = outline_of(step.grid[index]), step
        while (before := _before(trace, looker)) is not None:
            points, looker = look_through(before.grid[index], points), before
        yield Window(step.lane, step.tick, points)


def _before(trace: Trace, step: Step[Array]) -> Step[Array] | None:
    """The step whose output this step samples; None if it samples the image."""
    if _same(step.input, trace.images):
        return None
    earlier = [
        other
        for other in trace.steps
        if other.tick < step.tick and not _same(other.input, step.input)
    ]
    own = [other for other in earlier if other.lane == step.lane]
    return max(own or earlier, key=lambda other: other.tick, default=None)


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.array_equal(one, other)


def outline_of(grid: Array) -> Array:
    """The closed outline of a grid's window: half a pixel beyond its outermost points.

    Args:
        grid: (H, W, 2) points (x, y) that are sampled at the output's pixel centres.

    Returns:
        (N, 2) points; the last one repeats the first.
    """
    net = _to_edges(_to_edges(grid).swapaxes(0, 1)).swapaxes(0, 1)
    return np.concatenate([net[0], net[1:, -1], net[-1, -2::-1], net[-2::-1, 0]])


def _to_edges(points: Array) -> Array:
    """Move the first and the last point outwards by half the distance to their neighbours."""
    if len(points) < 2:
        return points
    first, last = 1.5 * points[0] - 0.5 * points[1], 1.5 * points[-1] - 0.5 * points[-2]
    return np.concatenate([first[None], points[1:-1], last[None]])


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
    low = np.clip(np.floor(at), 0, np.maximum(size - 2, 0)).astype(int)
    high = np.minimum(low + 1, size - 1)
    across, down = np.moveaxis(at - low, -1, 0)[..., None]
    top = grid[low[:, 1], low[:, 0]] * (1 - across) + grid[low[:, 1], high[:, 0]] * across
    bottom = grid[high[:, 1], low[:, 0]] * (1 - across) + grid[high[:, 1], high[:, 0]] * across
    found: Array = top * (1 - down) + bottom * down
    return found
