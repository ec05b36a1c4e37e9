"""Where a network that looks again looks: how far glimpses overlap, and how near they come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def boxes(corners: Floats) -> Floats:
    """The upright boxes around windows: (..., 4, 2) to (..., 4), as left, top, right, bottom."""
    return np.concatenate([corners.min(axis=-2), corners.max(axis=-2)], axis=-1)


def successive_overlap(corners: Floats) -> NDArray[np.float64]:
    """How far each glimpse overlaps with the one before it.

    Args:
        corners: (N, steps, 4, 2) of each glimpse in the picture.

    Returns:
        (steps - 1,): intersection over union of the upright boxes, on average, in [0, 1].
    """
    around = boxes(corners.astype(np.float64))
    before, after = around[:, :-1], around[:, 1:]
    low, high = np.maximum(before, after)[..., :2], np.minimum(before, after)[..., 2:]
    shared = (high - low).clip(min=0).prod(axis=-1)
    areas = sum((box[..., 2:] - box[..., :2]).prod(axis=-1) for box in (before, after))
    shares: NDArray[np.float64] = (shared / np.maximum(areas - shared, 1e-12)).mean(axis=0)
    return shares


def distances(corners: Floats, places: Floats) -> NDArray[np.float64]:
    """How far the middle of each glimpse is from the place that it should show.

    Args:
        corners: (N, steps, 4, 2) of each glimpse in the picture.
        places: (N, steps, 2) in the same units.

    Returns:
        (steps,): on average.
    """
    strays = corners.astype(np.float64).mean(axis=-2) - places
    means: NDArray[np.float64] = np.linalg.norm(strays, axis=-1).mean(axis=0)
    return means
