"""Anti-aliased drawing canvas for shapes in image coordinates, [0, 1] from the top left."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

Points = NDArray[np.float64]
Colour = tuple[int, int, int]

FINER = 2
"""Supersampling factor: canvas pixels along a pixel of the image, for smooth edges."""


class Canvas:
    """A supersampled canvas.

    Args:
        side: side of the finished image in pixels.
        ground: the background; resized to the canvas.
    """

    def __init__(self, side: int, ground: Image.Image) -> None:
        self.side, self.large = side, side * FINER
        self.image = ground.resize((self.large, self.large), Image.Resampling.BICUBIC)
        self.cover = Image.new("L", self.image.size)

    def mask(self, *outlines: Points) -> Image.Image:
        """A mask of the area within closed outlines."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for outline in outlines:
            pen.polygon([tuple(point) for point in (outline * self.large).tolist()], fill=255)
        return mask

    def fill(
        self, outline: Points, colour: Colour, inside: Image.Image | None = None, opacity: float = 1
    ) -> None:
        """Fill a closed outline, clipped to the mask ``inside``."""
        self.pour(self.mask(outline), colour, inside, opacity)

    def pour(
        self, mask: Image.Image, colour: Colour, inside: Image.Image | None = None,
        opacity: float = 1,
    ) -> None:  # fmt: skip
        """Fill a mask, clipped to the mask ``inside``."""
        if inside is not None:
            mask = ImageChops.multiply(mask, inside)
        if opacity < 1:
            mask = mask.point(lambda value: round(value * opacity))
        self.image.paste(colour, (0, 0), mask)
        self.cover = ImageChops.lighter(self.cover, mask)

    def covered_by(self, draw: Callable[[], None]) -> NDArray[np.bool_]:
        """Call ``draw``; True for each canvas pixel that it covers by more than half."""
        self.cover = Image.new("L", self.image.size)
        draw()
        return np.asarray(self.cover) > 127

    def line(
        self, points: Points, width: float, colour: Colour, inside: Image.Image | None = None
    ) -> None:
        """Draw a line with round ends; ``width`` is a share of the image side."""
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
        """Draw discs of one radius, a share of the image side."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for x, y in (np.asarray(middle) * self.large for middle in middles):
            reach = radius * self.large
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), 255)
        self.pour(mask, colour, inside)

    def finish(self) -> NDArray[np.uint8]:
        """The finished image, (side, side, 3), downsampled from the canvas."""
        small = self.image.resize((self.side, self.side), Image.Resampling.BOX)
        return np.asarray(small)
