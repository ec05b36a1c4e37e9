"""What training and tests draw from: pictures with labels, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Shaped
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


@dataclass(frozen=True)
class Arrangement:
    """A picture as a hand has laid it out.

    Args:
        images: (1, C, H, W) in [0, 1].
        labels: (1, ...) what it shows now.
        handles: (n, 2) what can be moved, as (x, y) in [-1, 1].
        handle: what each of them is, such as ``digit``.
        frames: (m, 4, 2) corners of the things that are moved, clockwise from their own top left.
        distractors: how many cuttings of other digits; None where there is never any.
        larger: the same at another height and width, where it can be had.
    """

    images: Float[Tensor, "1 c h w"]
    labels: Shaped[Tensor, "1 ..."]
    handles: Float[Tensor, "n 2"]
    handle: str
    frames: Float[Tensor, "m 4 2"]
    distractors: int | None = None
    larger: Callable[[int], Float[Tensor, "1 c s s"]] | None = None


@runtime_checkable
class EditableSource(ImageSource, Protocol):
    """Pictures that can be laid out otherwise, one by one."""

    def arrange(
        self,
        index: int,
        handles: Float[Tensor, "n 2"] | None = None,
        distractors: int | None = None,
        seed: int = TEST_SEED,
    ) -> Arrangement:
        """Picture number ``index`` with its handles where they are wanted.

        Args:
            index: as :meth:`picture` takes it; without more it is the same picture.
            handles: where they are to be; None for where they are.
            distractors: how many cuttings of other digits; None for as many as there are.
            seed: of the set.

        Raises:
            InvalidArrangement: so it cannot be drawn; the message says what to move.
        """
        ...


class InvalidArrangement(ValueError):
    """Handles that no picture can be drawn with."""


def one(batch: Batch, place: int) -> Batch:
    """A batch of one, out of another."""
    images, labels = batch
    return images[place : place + 1], labels[place : place + 1]


def mix_seed(seed: int, step: int) -> int:
    """One seed for (seed, step); neighbouring pairs do not share it."""
    return (seed * 1_000_003 + step * 7_919 + 1) % 2**63
