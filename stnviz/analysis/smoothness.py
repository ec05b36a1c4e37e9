"""Smoothness of window motion from frame to frame, in a measure that suits all transforms.

Parameters of theta are not comparable: an angle is not a translation, and a spline has 32 of them.
So the distance between two thetas is that between the image points they sample: the root mean
square over a regular lattice of the window, in half images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array

Floats = NDArray[np.float64]

STILL = 0.002
"""A window that moves less per frame is still: half images, a twentieth of a pixel at 42 pixels."""

SMOOTH, UNEVEN = 0.4, 1.0
"""Largest jitter of a smooth motion, and of an uneven one; above, the window trembles."""

JUMP = 10
"""A window jumps in a frame if it moves more than this many times its median motion."""


def displacements(windows: Array) -> Floats:
    """Displacement of each window from the frame before.

    Args:
        windows: (N, lanes, K, 2) image points sampled at the same K points of each window.

    Returns:
        (N, lanes) in half images; 0 for the first frame, NaN where theta is not finite.
    """
    apart = np.zeros(windows.shape[:2])
    if len(windows) > 1:
        apart[1:] = _distance(np.diff(windows.astype(np.float64), axis=0))
    return apart


def jitter(windows: Array) -> Floats:
    """RMS change of a window's velocity from frame to frame, over its RMS velocity.

    It is near 0 for smooth motion, the square root of 2 for a random walk, and the square root
    of 3 for trembling around a fixed position.

    Returns:
        (lanes,); 0 for a window that is still, and for fewer than three frames.
    """
    if len(windows) < 3:
        return np.zeros(windows.shape[1])
    steps = np.diff(windows.astype(np.float64), axis=0)
    distance, change = _usual(_distance(steps)), _usual(_distance(np.diff(steps, axis=0)))
    return np.where(distance > STILL, change / np.maximum(distance, STILL), 0.0)


def _usual(values: Floats) -> Floats:
    """Root mean square of the finite values along the first axis."""
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
    """The motion of one window over a clip.

    Args:
        mean: mean displacement per frame, in half images.
        largest: largest displacement in one frame, in half images.
        frame: index of the frame with the largest displacement.
        jumps: number of frames in which it jumps; 0 if most of its path lies in other frames.
        jitter: as computed by :func:`jitter`.
    """

    mean: float
    largest: float
    frame: int
    jumps: int
    jitter: float

    def sentence(self, letter: str) -> str:
        """A sentence that describes the motion."""
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
    """The motion of each window, from sampled points (N, lanes, K, 2)."""
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
    """Number of steps far above the median, if they make up most of the path; else 0."""
    steps = steps[np.isfinite(steps)]
    if not len(steps):
        return 0
    far = steps > JUMP * max(float(np.median(steps)), STILL)
    return int(far.sum()) if steps[far].sum() > 0.5 * steps.sum() else 0
