"""Editable images: a user drags the digits, corners or lenses in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from stnviz.data.image_source import ImageSource
from stnviz.shapes import Float, Shaped

Handles = Float[Tensor, "n 2"]
"""Points (x, y) in [-1, 1] that a user can drag."""


@dataclass(frozen=True)
class Arrangement:
    """An image as the user has arranged it.

    Args:
        images: (1, C, H, W) in [0, 1].
        labels: (1, ...) label of the arranged image.
        handles: positions of the points that can be dragged.
        handle: what each handle moves, such as ``digit``.
        frames: (m, 4, 2) corners of the movable objects, clockwise from each object's top left.
        distractors: number of distractors (pieces of other digits); None where the data set
            never has any.
        larger: renders the same image at another side length in pixels; None where it cannot.
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
    """An image source whose images can be rearranged, one at a time.

    Args:
        refusal: says what to move where no image can be drawn.
    """

    refusal: str

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Image number ``index`` with its handles at the given positions.

        Args:
            index: as in :meth:`picture`; with no other argument, the result is that same image.
            handles: new positions; None keeps the current ones.
            distractors: number of pieces of other digits; None keeps the current number.

        Raises:
            InvalidArrangement: no image can be drawn so; the message says what to move.
        """
        ...

    def ingredients(self, index: int) -> Mapping[str, Tensor]:
        """What image number ``index`` is drawn from, wherever its handles are.

        They are inputs of the graph that draws it (:mod:`stnviz.onnx.steps`), each of a batch of
        one.
        """
        ...


class InvalidArrangement(ValueError):
    """Handle positions for which no image can be drawn."""
