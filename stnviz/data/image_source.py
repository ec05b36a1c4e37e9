"""What training and tests draw from: pictures with labels, the same for the same seed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from torch import Tensor

TEST_SEED = 20_150_605
"""The seed of every test set: the month in which the paper appeared."""

PROBED = 12
"""Pictures that a run looks at again and again."""

Batch = tuple[Tensor, Tensor]
"""Images (B, C, H, W) in [0, 1] and labels (B, ...)."""


@runtime_checkable
class ImageSource(Protocol):
    """Pictures with labels, wherever they come from.

    Attributes:
        source: one sentence on where they come from, for cards and screens.
    """

    source: str

    def __len__(self) -> int: ...

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random pictures as training sees them: a function of (seed, step)."""
        ...

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Every picture once, in order, as a test sees them."""
        ...

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """The one picture that comes as number ``index`` in :meth:`once`, as a batch of one."""
        ...


class SeededSource(ABC):
    """An image source whose test set is made in batches, each from the seed and its number.

    Attributes:
        batch_size: images of a batch of the test set.
    """

    batch_size: ClassVar[int]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def make_batch(self, number: int, seed: int) -> Batch:
        """Batch ``number`` of the test set, drawn on the CPU: the same on every device."""

    @property
    def batches(self) -> int:
        """How many batches the test set has."""
        return math.ceil(len(self) / self.batch_size)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Every image once, in order."""
        for number in range(self.batches):
            yield self.make_batch(number, seed)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index`` as :meth:`once` has it, alone."""
        number, place = divmod(index, self.batch_size)
        return one(self.make_batch(number, seed), place)


def one(batch: Batch, place: int) -> Batch:
    """A batch of one, out of another."""
    images, labels = batch
    return images[place : place + 1], labels[place : place + 1]


def mix_seed(seed: int, step: int) -> int:
    """One seed for (seed, step); neighbouring pairs do not share it."""
    return (seed * 1_000_003 + step * 7_919 + 1) % 2**63
