"""Where the steps of a trace look in the picture that went in: outlines of their windows.

A step's grid says where its output looks in its own input. Side by side, transformers look at
the picture; one after another, a later one may look at what an earlier one has read, and its
window in the picture is then the composition of both grids. Numpy alone: between two points of a
grid lines are straight, and beyond its outermost ones they go on straight, which is exact for
affine maps and close for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stnviz.records import Array, Step, Trace


@dataclass(frozen=True)
class Window:
    """The outline of what one step reads of one picture.

    Args:
        lane: which transformer, of several side by side.
        tick: when, of several one after another.
        outline: (N, 2) closed line of points (x, y) in [-1, 1] of the picture.
    """

    lane: int
    tick: int
    outline: Array


def check_index(trace: Trace, index: int) -> None:
    """Refuse an index that no image of the trace has.

    Raises:
        IndexError: says which ones there are.
    """
    if not -len(trace) <= index < len(trace):
        raise IndexError(
            f"The trace holds {len(trace)} images: choose an index from 0 to {len(trace) - 1}, "
            f"not {index}."
        )


def check_steps(trace: Trace) -> None:
    """Refuse a trace without transformers.

    Raises:
        ValueError: says what to do.
    """
    if not trace.steps:
        raise ValueError(
            "The trace has no steps, for its network has no transformer: inspect a network with "
            "one, such as mnist-r/st-cnn-affine."
        )


def windows_of(trace: Trace, index: int) -> Iterator[Window]:
    """The window of every step in the picture, in order of (tick, lane).

    A step whose input is the picture looks there itself, and so does the first of several; any
    other looks through the latest earlier step, of its own lane where there is one. Feature maps
    count as the picture that they were made of, for their edges are the same.

    Args:
        trace: with steps.
        index: which image.
    """
    for step in sorted(trace.steps, key=lambda step: (step.tick, step.lane)):
        points, looker = outline_of(step.grid[index]), step
        while (before := _before(trace, looker)) is not None:
            points, looker = look_through(before.grid[index], points), before
        yield Window(step.lane, step.tick, points)


def _before(trace: Trace, step: Step[Array]) -> Step[Array] | None:
    """The step whose output this one looks at; None if it looks at the picture."""
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
    """The closed edge of what a grid reads: half a pixel beyond its outermost points.

    Args:
        grid: (H, W, 2) points (x, y) that the pixel centres of an output look at.

    Returns:
        (N, 2) points, the first one again at the end.
    """
    net = _to_edges(_to_edges(grid).swapaxes(0, 1)).swapaxes(0, 1)
    return np.concatenate([net[0], net[1:, -1], net[-1, -2::-1], net[-2::-1, 0]])


def _to_edges(points: Array) -> Array:
    """Move the first and the last of several points outwards by half their distance."""
    if len(points) < 2:
        return points
    first, last = 1.5 * points[0] - 0.5 * points[1], 1.5 * points[-1] - 0.5 * points[-2]
    return np.concatenate([first[None], points[1:-1], last[None]])


def look_through(grid: Array, points: Array) -> Array:
    """Where points of an output look in the input, by lines between the points of its grid.

    Args:
        grid: (H, W, 2) where the output's pixel centres look.
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
