"""Images of which a person can move parts: digits, corners, lenses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Shaped
from torch import Tensor

from stnviz.data.image_source import ImageSource

Handles = Float[Tensor, "n 2"]
"""What a person can pull: places (x, y) in [-1, 1]."""


@dataclass(frozen=True)
class Arrangement:
    """A picture as a hand has laid it out.

    Args:
        images: (1, C, H, W) in [0, 1].
        labels: (1, ...) what it shows now.
        handles: places of what can be moved.
        handle: what each of them is, such as ``digit``.
        frames: (m, 4, 2) corners of the things that are moved, clockwise from their own top left.
        distractors: how many cuttings of other digits; None where there is never any.
        larger: the same at another height and width, where it can be had.
    """

    images: Float[Tensor, "1 c h w"]
    labels: Shaped[Tensor, "1 ..."]
    handles: Handles
    handle: str
    frames: Float[Tensor, "m 4 2"]
    distractors: int | None = None
    larger: Callable[[int], Float[Tensor, "1 c s s"]] | None = None


@runtime_checkable
class EditableSource(ImageSource, Protocol):
    """Pictures that can be laid out otherwise, one by one."""

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Picture number ``index`` with its handles where they are wanted.

        Args:
            index: as :meth:`picture` takes it; without more it is the same picture.
            handles: where they are to be; None for where they are.
            distractors: how many cuttings of other digits; None for as many as there are.

        Raises:
            InvalidArrangement: so it cannot be drawn; the message says what to move.
        """
        ...


class InvalidArrangement(ValueError):
    """Handles that no picture can be drawn with."""
