"""What two networks make of the same pictures: which of them only one gets right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ComparedImages:
    """Pictures that a transformer looked at.

    Args:
        images: (N, H, W) uint8.
        labels: (N,) what they show.
        lattices: (N, L * L, 2) where a regular lattice of the output looked.
        outputs: (N, h, w) uint8 what was read.
        answers: (N, 2) those of the transformer's network and of its rival.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    lattices: NDArray[np.float32]
    outputs: NDArray[np.uint8]
    answers: NDArray[np.int64]

    def where(self, which: NDArray[np.bool_], most: int) -> ComparedImages:
        """The first ``most`` of those that are marked."""
        places = np.flatnonzero(which)[:most]
        return ComparedImages(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Disagreement:
    """What two networks make of the same pictures.

    Args:
        only_ours: pictures that the transformer's network alone gets right.
        only_rival: pictures that its rival alone gets right.
        counts: of both, in the whole set.
        seen: pictures in the whole set.
        before: (10, H, W) uint8, the mean picture of each class.
        after: (10, h, w) uint8, the mean of what the transformer reads of it.
        spread: share of the pixels' variance that lies within the classes, before and after:
            the smaller, the more alike the pictures of a class lie. A share, because zooming in
            or looking at empty ground changes the variance itself.
    """

    only_ours: ComparedImages
    only_rival: ComparedImages
    counts: tuple[int, int]
    seen: int
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    spread: tuple[float, float]
