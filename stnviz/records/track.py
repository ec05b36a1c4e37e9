"""Windows, crops and predictions of a network on each frame of a video clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stnviz.records.trace import Array


@dataclass(frozen=True)
class Track:
    """Results on consecutive frames of a clip.

    Args:
        thetas: (N, P) theta of each transformer, in order of (tick, lane).
        windows: (N, lanes, L * L, 2) where a regular lattice of each window samples the frame;
            transformers applied one after another are composed.
        crops: (N, lanes, C, h, w) uint8, the sampled output of each window.
        probabilities: (N, classes), or (N, places, classes).
    """

    thetas: tuple[Array, ...]
    windows: Array
    crops: Array
    probabilities: Array

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def lattice(self) -> int:
        """L, the number of lattice points along each side of a window."""
        return round(self.windows.shape[2] ** 0.5)

    @property
    def corners(self) -> Array:
        """(N, lanes, 4, 2): each window's corners, clockwise from the top left."""
        last = self.lattice - 1
        return self.windows[:, :, [0, last, last * (last + 2), last * (last + 1)]]

    @classmethod
    def concatenate(cls, parts: Sequence[Track]) -> Track:
        """Join tracks of consecutive parts of a clip.

        Raises:
            ValueError: there is no track.
        """
        if not parts:
            raise ValueError("There is no track to join: give at least one part.")
        return cls(
            tuple(
                np.concatenate(column) for column in zip(*(p.thetas for p in parts), strict=True)
            ),
            np.concatenate([part.windows for part in parts]),
            np.concatenate([part.crops for part in parts]),
            np.concatenate([part.probabilities for part in parts]),
        )
