"""A set of bird images in memory, drawn or photographed, with labels, parts and boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class BirdSet:
    """Bird images with annotations.

    Args:
        images: (N, S, S, 3) uint8.
        labels: (N,) index into ``species``.
        parts: (N, 15, 3): x and y in [0, 1] from the top left, and 1 where the part is visible.
        boxes: (N, 4): left, top, right, bottom of the bird, in the same units.
        species: names of the species.
        source: where the images come from, as text for cards and pages.
        notes: sentences on skipped files, if any.
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
        """The subset selected by a boolean mask."""
        names = ("images", "labels", "parts", "boxes")
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def first(self, count: int) -> BirdSet:
        """The first ``count`` birds."""
        return self.where(np.arange(len(self)) < count)
