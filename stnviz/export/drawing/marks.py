"""Marks on a sheet: pictures, lines, areas and texts, in points from the top left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from stnviz.records import Array

Rect = tuple[float, float, float, float]
"""Left, top, width and height in points."""

Weight = Literal["normal", "bold"]
Anchor = Literal["left", "middle", "right"]


@dataclass(frozen=True, eq=False)
class Picture:
    """An image, drawn pixel by pixel.

    Args:
        pixels: (H, W, 3) bytes.
        rect: where.
    """

    pixels: NDArray[Any]
    rect: Rect


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points.

    Args:
        points: (N, 2) in points.
        colour: #rrggbb.
        width: in points.
        dash: drawn and skipped lengths in turn, in points; empty for a solid line.
        halo: colour of a wider line behind it; empty for none.
    """

    points: Array
    colour: str
    width: float
    dash: Sequence[float] = ()
    halo: str = ""


@dataclass(frozen=True)
class Area:
    """A filled rectangle.

    Args:
        rect: where.
        colour: #rrggbb.
    """

    rect: Rect
    colour: str


@dataclass(frozen=True)
class Text:
    """One line of text.

    Args:
        at: (x, y) of its baseline.
        text: the text.
        size: of the type in points.
        colour: #rrggbb.
        weight: normal or bold.
        anchor: which part of it stands at x.
    """

    at: tuple[float, float]
    text: str
    size: float
    colour: str
    weight: Weight = "normal"
    anchor: Anchor = "left"


@dataclass(frozen=True, eq=False)
class Clipped:
    """Marks of which only what lies in a rectangle is drawn.

    Args:
        rect: the rectangle.
        marks: pictures, lines, areas and texts.
    """

    rect: Rect
    marks: Sequence[Picture | Line | Area | Text]


Mark = Picture | Line | Area | Text | Clipped
