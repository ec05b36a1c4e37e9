"""Outlines of the windows of a trace's steps in the input image, in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stnviz.records import Array, Step, Trace
from stnviz.records.conventions import conventional_grid
from stnviz.records.windows import chain_of, points_in_image


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

    A step that samples the output of another is composed with it
    (:func:`stnviz.records.windows.chain_of`).

    Args:
        trace: with steps.
        index: index of the image in the trace.
    """
    for step in sorted(trace.steps, key=lambda step: (step.tick, step.lane)):
        yield window_of(trace, step, index)


def window_of(trace: Trace, step: Step[Array], index: int) -> Window:
    """The window of one step in the image; arguments as for :func:`windows_of`."""
    _, *before = chain_of(trace, step)
    outline = outline_of(conventional_grid(step)[index])
    return Window(step.lane, step.tick, points_in_image(before, index, outline))


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
