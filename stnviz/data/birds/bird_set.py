"""A set of bird pictures in memory, drawn or photographed, with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class BirdSet:
    """Bird pictures.

    Args:
        images: (N, S, S, 3) uint8.
        labels: (N,) place in the list of species.
        parts: (N, 15, 3): x and y in [0, 1] from the top left, and 1 where the part is seen.
        boxes: (N, 4): left, top, right, bottom of the bird, in the same units.
        species: their names.
        source: one sentence on where the pictures come from.
        notes: sentences on what was passed over, if anything.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    parts: NDArray[np.float32]
    boxes: NDArray[np.float32]
    species: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, which: NDArray[np.bool_]) -> BirdSet:
        """Those that are marked."""
        names = ("images", "labels", "parts", "boxes")
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def first(self, count: int) -> BirdSet:
        """The first few."""
        return self.where(np.arange(len(self)) < count)
