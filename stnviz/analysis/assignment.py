"""Which transformer takes which thing: whose movements its window follows.

Each thing was turned and moved by a known map. A transformer that puts it upright moves its
window as that thing moved, so over many pictures the window's place tells about the place of
one thing, such as the digit in one of two channels, and nothing about the other's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

ROUNDING = 1e-6
"""What is smaller than this share of the largest is rounding: the four corners of an affine window
are eight numbers of which two follow from the others, up to float32."""


def explained_variance(windows: Floats, things: Floats) -> NDArray[np.float64]:
    """How much of each thing's movement each window's explains.

    Args:
        windows: (N, lanes, F) what is known of each window, such as its middle and its turn.
        things: (N, channels, G) the same of each thing.

    Returns:
        (lanes, channels): share of the thing's variance that a linear function of the window
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
