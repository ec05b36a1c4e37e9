"""Whether a network that looks again looks at another place: how far glimpses overlap."""

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
