"""How smoothly windows move from frame to frame, in a measure that is the same for all transforms.

Numbers of theta cannot be compared: a turn is no shift, and a spline has 32 of them. So the
distance between two thetas is how far apart the same points of a window look: the root mean square
over a regular lattice, in half pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array

Floats = NDArray[np.float64]

STILL = 0.002
"""Half pictures a frame below which a window keeps still: a twentieth of a pixel of 42."""

SMOOTH, UNEVEN = 0.4, 1.0
"""Jitter up to which a window moves smoothly, and up to which it follows unevenly."""

JUMP = 10
"""How many times as far as in its usual frame a window moves in one where it jumps."""


def displacements(windows: Array) -> Floats:
    """How far each window looks from where it looked one frame before.

    Args:
        windows: (N, lanes, K, 2) where the same K points of each window look.

    Returns:
        (N, lanes) in half pictures; 0 for the first frame, NaN where theta is no number.
    """
    apart = np.zeros(windows.shape[:2])
    if len(windows) > 1:
        apart[1:] = _distance(np.diff(windows.astype(np.float64), axis=0))
    return apart


def jitter(windows: Array) -> Floats:
    """How much of a window's movement is not carried on from one frame to the next.

    The root mean square of how far each step differs from the step before, over that of the steps
    themselves: near 0 for a window that moves smoothly, the square root of 2 for one that walks
    at random, and the square root of 3 for one that trembles about a place.

    Returns:
        (lanes,); 0 for one that keeps still and for fewer than three frames.
    """
    if len(windows) < 3:
        return np.zeros(windows.shape[1])
    steps = np.diff(windows.astype(np.float64), axis=0)
    distance, change = _usual(_distance(steps)), _usual(_distance(np.diff(steps, axis=0)))
    return np.where(distance > STILL, change / np.maximum(distance, STILL), 0.0)


def _usual(values: Floats) -> Floats:
    """Root mean square over the first axis, of what is a number."""
    there = np.isfinite(values)
    squares = (np.where(there, values, 0) ** 2).sum(axis=0)
    usual: Floats = np.sqrt(squares / np.maximum(there.sum(axis=0), 1))
    return usual


def _distance(steps: Floats) -> Floats:
    """Root mean square length over the points, (..., K, 2) to (...)."""
    distance: Floats = np.sqrt((steps**2).sum(axis=-1).mean(axis=-1))
    return distance


@dataclass(frozen=True)
class Smoothness:
    """How one window moved over a clip.

    Args:
        mean: half pictures a frame.
        largest: half pictures in one frame.
        frame: in which that was.
        jumps: frames in which it jumps; 0 where most of its way lies in the others.
        jitter: as :func:`jitter` has it.
    """

    mean: float
    largest: float
    frame: int
    jumps: int
    jitter: float

    def sentence(self, letter: str) -> str:
        """What is said of it, for a person."""
        if not np.isfinite(self.mean):
            return f"Window {letter} is nowhere: theta is no longer a number."
        if self.mean < STILL and self.largest < 10 * STILL:
            return f"Window {letter} keeps still."
        if self.jumps:
            how = "jumps once" if self.jumps == 1 else f"jumps {self.jumps} times"
        elif self.jitter <= SMOOTH:
            how = "moves smoothly"
        elif self.jitter <= UNEVEN:
            how = "follows unevenly"
        else:
            how = "trembles"
        return (
            f"Window {letter} {how} (jitter {self.jitter:.2f}): {self.mean:.3f} half images a "
            f"frame on average, at most {self.largest:.2f}, in frame {self.frame + 1}."
        )


def smoothness(windows: Array) -> list[Smoothness]:
    """Of each window, (N, lanes, K, 2)."""
    apart, rough = displacements(windows), jitter(windows)
    found = []
    for lane, column in enumerate(apart.T):
        if not np.isfinite(column).any() or not np.isfinite(windows[:, lane]).any():
            found.append(Smoothness(np.nan, np.nan, 0, 0, 0.0))
            continue
        frame = int(np.nanargmax(column))
        mean = float(np.nanmean(column[1:])) if len(column) > 1 else 0.0
        largest, rough_one = float(column[frame]), float(rough[lane])
        found.append(Smoothness(mean, largest, frame, _jumps(column[1:]), rough_one))
    return found


def _jumps(steps: Floats) -> int:
    """In how many steps lies most of the way, where those are few and far beyond the usual."""
    steps = steps[np.isfinite(steps)]
    if not len(steps):
        return 0
    far = steps > JUMP * max(float(np.median(steps)), STILL)
    return int(far.sum()) if steps[far].sum() > 0.5 * steps.sum() else 0
