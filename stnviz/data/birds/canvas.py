"""A canvas for shapes given in pictures from the top left, drawn large and then shrunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

Points = NDArray[np.float64]
Colour = tuple[int, int, int]

FINER = 2
"""Canvas pixels for each pixel of the picture, so that edges come out smooth."""


class Canvas:
    """A picture in the making.

    Args:
        side: of the finished picture, in pixels.
        ground: what is there at the start, at the canvas's own size.
    """

    def __init__(self, side: int, ground: Image.Image) -> None:
        self.side, self.large = side, side * FINER
        self.image = ground.resize((self.large, self.large), Image.Resampling.BICUBIC)
        self.cover = Image.new("L", self.image.size)

    def mask(self, *outlines: Points) -> Image.Image:
        """Where closed outlines are, as a mask."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for outline in outlines:
            pen.polygon([tuple(point) for point in (outline * self.large).tolist()], fill=255)
        return mask

    def fill(
        self, outline: Points, colour: Colour, inside: Image.Image | None = None, opacity: float = 1
    ) -> None:
        """Fill a closed outline, where a mask allows it."""
        self.pour(self.mask(outline), colour, inside, opacity)

    def pour(
        self, mask: Image.Image, colour: Colour, inside: Image.Image | None = None,
        opacity: float = 1,
    ) -> None:  # fmt: skip
        """Fill a mask, where another allows it."""
        if inside is not None:
            mask = ImageChops.multiply(mask, inside)
        if opacity < 1:
            mask = mask.point(lambda value: round(value * opacity))
        self.image.paste(colour, (0, 0), mask)
        self.cover = ImageChops.lighter(self.cover, mask)

    def covered_by(self, draw: Callable[[], None]) -> NDArray[np.bool_]:
        """Where what ``draw`` draws hides more than half of what was there, as canvas pixels."""
        self.cover = Image.new("L", self.image.size)
        draw()
        return np.asarray(self.cover) > 127

    def line(
        self, points: Points, width: float, colour: Colour, inside: Image.Image | None = None
    ) -> None:
        """A line with round ends, ``width`` pictures thick."""
        mask = Image.new("L", self.image.size)
        pen, across = ImageDraw.Draw(mask), max(1.0, width * self.large)
        path = (points * self.large).tolist()
        pen.line([tuple(point) for point in path], 255, round(across), joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse((x - across / 2, y - across / 2, x + across / 2, y + across / 2), 255)
        self.pour(mask, colour, inside)

    def dots(
        self, middles: Iterable[Points], radius: float, colour: Colour,
        inside: Image.Image | None = None,
    ) -> None:  # fmt: skip
        """Discs of one radius."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for x, y in (np.asarray(middle) * self.large for middle in middles):
            reach = radius * self.large
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), 255)
        self.pour(mask, colour, inside)

    def finish(self) -> NDArray[np.uint8]:
        """The picture, (side, side, 3)."""
        small = self.image.resize((self.side, self.side), Image.Resampling.BOX)
        return np.asarray(small)
