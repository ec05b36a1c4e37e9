"""Comparison of two networks: test images that only one of them classifies correctly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ComparedImages:
    """Images with the windows of a transformer and the predictions of two networks.

    Args:
        images: (N, H, W) uint8.
        labels: (N,) true labels.
        lattices: (N, L * L, 2) where a regular lattice of the output was sampled.
        outputs: (N, h, w) uint8 output of the transformer.
        answers: (N, 2) predictions of the transformer's network and of its rival.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    lattices: NDArray[np.float32]
    outputs: NDArray[np.uint8]
    answers: NDArray[np.int64]

    def where(self, which: NDArray[np.bool_], most: int) -> ComparedImages:
        """The first ``most`` of the images selected by a boolean mask."""
        places = np.flatnonzero(which)[:most]
        return ComparedImages(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Disagreement:
    """Comparison of a network with a transformer and a rival on the same images.

    Args:
        only_ours: images that only the transformer's network classifies correctly.
        only_rival: images that only its rival classifies correctly.
        counts: number of both kinds in the whole set.
        seen: number of images in the whole set.
        before: (10, H, W) uint8, the mean image of each class.
        after: (10, h, w) uint8, the mean transformer output of each class.
        spread: share of the pixels' variance that is within the classes, before and after the
            transformer: the smaller, the better the images of a class are aligned. It is a share,
            because zooming in or sampling empty background changes the variance itself.
    """

    only_ours: ComparedImages
    only_rival: ComparedImages
    counts: tuple[int, int]
    seen: int
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    spread: tuple[float, float]
