"""Assignment of transformers to objects: which object's movements each window follows.

Each object was rotated and translated by a known map. A transformer that rectifies it moves its
window as the object moved. So over many images the window predicts the position of one object,
such as the digit in one of two channels, and not that of the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

ROUNDING = 1e-6
"""Singular values below this share of the largest count as rounding errors: the four corners of an
affine window are eight numbers, of which two follow from the others up to float32 precision."""


def explained_variance(windows: Floats, things: Floats) -> NDArray[np.float64]:
    """How much of each object's movement is explained by each window's movement.

    Args:
        windows: (N, lanes, F) features of each window, such as its centre and angle.
        things: (N, channels, G) features of each object.

    Returns:
        (lanes, channels): share of the object's variance that a linear function of the window
        explains (R squared), in [0, 1].
    """
    count, lanes, _ = windows.shape
    shares = np.zeros((lanes, things.shape[1]))
    for lane in range(lanes):
        known = np.concatenate([windows[:, lane], np.ones((count, 1))], axis=1)
        for channel in range(things.shape[1]):
            wanted = things[:, channel] - things[:, channel].mean(axis=0)
            fitted = known @ np.linalg.lstsq(known, wanted, rcond=ROUNDING)[0]
            total = float((wanted**2).sum())
            left = float(((wanted - fitted) ** 2).sum())
            shares[lane, channel] = 1 - left / total if total else 0.0
    return shares.clip(0, 1)
