"""Paints frames with Pillow: what all frames share is drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties, findfont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from stnviz.export.drawing.marks import Area, Clipped, Line, Mark, Picture, Rect, Text
from stnviz.plots.annotate import dashed
from stnviz.plots.page_layout import FONT

TWICE = 2
"""Drawings are made at twice the size and then downscaled, so that lines have smooth edges."""

THIN = 3
"""Width in pixels of the canvas up to which the joints of a line need not be rounded."""

ANCHORS = {"left": "ls", "middle": "ms", "right": "rs"}


class FramePainter:
    """Paints the frames of one size.

    Args:
        size: (width, height) in points.
        scale: pixels for each point.
        ground: #rrggbb.
        fixed: marks of every frame.
    """

    def __init__(
        self, size: tuple[float, float], scale: float, ground: str, fixed: Sequence[Mark]
    ) -> None:
        self.scale = scale * TWICE
        width, height = (max(1, round(length * scale)) for length in size)
        self._ground = Image.new("RGB", (TWICE * width, TWICE * height), ground)
        self._paint(self._ground, fixed, (0, 0))

    def paint(self, moving: Sequence[Mark]) -> NDArray[np.uint8]:
        """One frame, (H, W, 3)."""
        canvas = self._ground.copy()
        self._paint(canvas, moving, (0, 0))
        return np.asarray(canvas.reduce(TWICE))

    def _paint(self, canvas: Image.Image, marks: Sequence[Mark], at: tuple[int, int]) -> None:
        pen = ImageDraw.Draw(canvas)
        for mark in marks:
            if isinstance(mark, Clipped):
                self._clipped(canvas, mark)
            elif isinstance(mark, Picture):
                left, top, right, bottom = self._box(mark.rect, at)
                size = max(1, right - left), max(1, bottom - top)
                picture = Image.fromarray(np.ascontiguousarray(mark.pixels))
                canvas.paste(picture.resize(size, Image.Resampling.NEAREST), (left, top))
            elif isinstance(mark, Area):
                left, top, right, bottom = self._box(mark.rect, at)
                if right > left and bottom > top:
                    pen.rectangle((left, top, right - 1, bottom - 1), mark.colour)
            elif isinstance(mark, Text):
                height = round(mark.size * self.scale, 1)
                stencil, beside = _stencil(mark.text, mark.weight, height, mark.anchor)
                place = [
                    round(v * self.scale) - o + b
                    for v, o, b in zip(mark.at, at, beside, strict=True)
                ]
                canvas.paste(mark.colour, (place[0], place[1]), stencil)
            else:
                self._line(pen, mark, at)

    def _clipped(self, canvas: Image.Image, mark: Clipped) -> None:
        box = self._box(mark.rect, (0, 0))
        part = canvas.crop(box)
        self._paint(part, mark.marks, (box[0], box[1]))
        canvas.paste(part, (box[0], box[1]))

    def _line(self, pen: ImageDraw.ImageDraw, mark: Line, at: tuple[int, int]) -> None:
        scaled = mark.points * self.scale - at
        points = [(float(x), float(y)) for x, y in scaled]
        width = max(1, round(mark.width * self.scale))
        joint = "curve" if width > THIN else None
        if mark.halo:
            pen.line(points, mark.halo, width + round(1.2 * self.scale), joint=joint)
        for piece in dashed(points, [length * self.scale for length in mark.dash]):
            pen.line(piece, mark.colour, width, joint=joint)

    def _box(self, rect: Rect, at: tuple[int, int]) -> tuple[int, int, int, int]:
        left, top, width, height = rect
        edges = left, top, left + width, top + height
        x0, y0, x1, y1 = (round(edge * self.scale) for edge in edges)
        return x0 - at[0], y0 - at[1], x1 - at[0], y1 - at[1]


@lru_cache(maxsize=512)
def _stencil(
    text: str, weight: str, size: float, anchor: str
) -> tuple[Image.Image, tuple[int, int]]:
    """A text as a mask, and where its top left corner lies from the text's own place."""
    font, where = _font(weight, size), ANCHORS[anchor]
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor=where))
    mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), text, 255, font, anchor=where)
    return mask, (left, top)


@lru_cache(maxsize=64)
def _font(weight: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(findfont(FontProperties(family=FONT, weight=weight)), size)
