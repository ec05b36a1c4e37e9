"""Measures of glimpses in sequence: overlap of successive ones, and distance from their targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def boxes(corners: Floats) -> Floats:
    """Upright bounding boxes of windows: (..., 4, 2) to (..., 4), as left, top, right, bottom."""
    return np.concatenate([corners.min(axis=-2), corners.max(axis=-2)], axis=-1)


def successive_overlap(corners: Floats) -> NDArray[np.float64]:
    """Overlap of each glimpse with the one before it.

    Args:
        corners: (N, steps, 4, 2) corners of each glimpse in the image.

    Returns:
        (steps - 1,): mean intersection over union of the upright boxes, in [0, 1].
    """
    around = boxes(corners.astype(np.float64))
    before, after = around[:, :-1], around[:, 1:]
    low, high = np.maximum(before, after)[..., :2], np.minimum(before, after)[..., 2:]
    shared = (high - low).clip(min=0).prod(axis=-1)
    areas = sum((box[..., 2:] - box[..., :2]).prod(axis=-1) for box in (before, after))
    shares: NDArray[np.float64] = (shared / np.maximum(areas - shared, 1e-12)).mean(axis=0)
    return shares


def distances(corners: Floats, places: Floats) -> NDArray[np.float64]:
    """Distance of each glimpse's centre from the point that it should show.

    Args:
        corners: (N, steps, 4, 2) corners of each glimpse in the image.
        places: (N, steps, 2) target points in the same units.

    Returns:
        (steps,): mean distances.
    """
    strays = corners.astype(np.float64).mean(axis=-2) - places
    means: NDArray[np.float64] = np.linalg.norm(strays, axis=-1).mean(axis=0)
    return means
