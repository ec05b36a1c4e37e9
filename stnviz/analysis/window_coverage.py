"""Coverage map: for each point of the image, the share of images whose window covers it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array, Predictions

CELLS = 56


def coverage(corners: NDArray[np.floating], cells: int = CELLS) -> NDArray[np.float32]:
    """Coverage of the image by windows.

    Args:
        corners: (N, 4, 2), each window's corners in order around it, as (x, y) in [-1, 1]; a bent
            window is treated as the quadrilateral of its corners.
        cells: cells along each side of the result.

    Returns:
        (cells, cells), shares in [0, 1], the top row first.
    """
    middles = (np.arange(cells) + 0.5) * 2 / cells - 1
    x, y = np.meshgrid(middles, middles)
    points = np.stack([x, y], axis=-1).reshape(1, -1, 2)
    sides = []
    for here in range(4):
        start, end = corners[:, None, here], corners[:, None, (here + 1) % 4]
        along, to = end - start, points - start
        sides.append(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])
    turned = np.stack(sides)
    # A point is inside if it is on the same side of all four edges, in either orientation.
    inside = (turned >= 0).all(axis=0) | (turned <= 0).all(axis=0)
    inside &= (turned != 0).any(axis=0)  # a window that is a single point covers nothing
    return inside.mean(axis=0).reshape(cells, cells).astype(np.float32)


def mean_windows(predictions: Predictions | None) -> Array | None:
    """How often each window covers a place, (lanes, n, n); None where that was not stored."""
    if predictions is None or not predictions.corners.shape[1]:
        return None
    lanes = predictions.corners.shape[1]
    return np.stack([coverage(predictions.corners[:, lane]) for lane in range(lanes)])
