"""Image sources for training and tests: labelled images, reproducible from a seed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from torch import Tensor

TEST_SEED = 20_150_605
"""The seed of every test set: a date in June 2015, when Jaderberg et al. appeared."""

PROBED = 12
"""Number of probe images, on which a run takes its snapshots."""

Batch = tuple[Tensor, Tensor]
"""Images (B, C, H, W), or volumes (B, C, D, H, W), in [0, 1] and labels (B, ...)."""


@runtime_checkable
class ImageSource(Protocol):
    """Labelled images of any origin.

    Attributes:
        source: where they come from, as text for cards and pages.
    """

    source: str

    def __len__(self) -> int: ...

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random training images; a function of (seed, step)."""
        ...

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Batches of every test image once, in order."""
        ...

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index`` of :meth:`once`, as a batch of one."""
        ...


class SeededSource(ABC):
    """An image source whose test batches are each generated from the seed and their number.

    Attributes:
        batch_size: images in a test batch.
    """

    batch_size: ClassVar[int]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def make_batch(self, number: int, seed: int) -> Batch:
        """Test batch ``number``, drawn on the CPU so that it is the same on every device."""

    @property
    def batches(self) -> int:
        """Number of test batches."""
        return math.ceil(len(self) / self.batch_size)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Batches of every test image once, in order."""
        for number in range(self.batches):
            yield self.make_batch(number, seed)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index`` of :meth:`once`, as a batch of one."""
        number, place = divmod(index, self.batch_size)
        return one(self.make_batch(number, seed), place)


def one(batch: Batch, place: int) -> Batch:
    """The image at index ``place`` of a batch, as a batch of one."""
    images, labels = batch
    return images[place : place + 1], labels[place : place + 1]


def mix_seed(seed: int, step: int) -> int:
    """Combine (seed, step) into one seed; neighbouring pairs get different ones."""
    return (seed * 1_000_003 + step * 7_919 + 1) % 2**63
