"""Draw windows and predictions on the frames of a clip that is saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from stnviz.plots.colours import DARK, LANES
from stnviz.records import Array

Point = tuple[float, float]

ROOM = 0.15
"""Margin around a frame, as a share of its central square: windows may leave the frame."""

USUAL = 360
"""Small frames are enlarged to about this many pixels along the shorter side, unsmoothed."""

TWICE = 2
"""Drawings are made at twice the size and then downscaled, so that lines have smooth edges."""

GROUND, HALO = "#14161a", "#0a0c10"
LINE, STRIP, LETTER, MARGIN = 3, 40, 20, 10


def annotated(
    frames: Iterable[Array], windows: Array, words: Sequence[str], *, grid: bool = False
) -> Iterator[NDArray[np.uint8]]:
    """Draw the windows on each frame, and the network's prediction below it.

    Args:
        frames: N frames (H, W, 3), uint8; windows refer to the central square of each.
        windows: (N, lanes, L * L, 2) regular lattices in that square's [-1, 1].
        words: N predictions as text.
        grid: whether the inner lines of the lattices are drawn as well.

    Yields:
        (H', W', 3), all of the same size.
    """
    for frame, lattices, sentence in zip(frames, windows, words, strict=True):
        sheet = Sheet(frame)
        for (letter, colour, dash), lattice in zip(LANES, lattices, strict=False):
            if np.isfinite(lattice).all():
                sheet.window(lattice, letter, colour, dash, grid=grid)
        yield sheet.done(sentence)


class Sheet:
    """Canvas with one enlarged frame and a margin to draw on.

    Args:
        frame: (H, W, 3) uint8.
    """

    def __init__(self, frame: Array) -> None:
        height, width = frame.shape[:2]
        zoom = max(1, round(USUAL / min(height, width)))
        self.side = zoom * min(height, width)
        self.size = zoom * width, zoom * height
        self.room = round(ROOM * self.side)
        picture = Image.fromarray(frame).resize(
            (TWICE * self.size[0], TWICE * self.size[1]), Image.Resampling.NEAREST
        )
        canvas = tuple(TWICE * (length + 2 * self.room) for length in self.size)
        self.image = Image.new("RGB", (canvas[0], canvas[1]), GROUND)
        self.image.paste(picture, (TWICE * self.room, TWICE * self.room))
        self.draw = ImageDraw.Draw(self.image)

    def place(self, xy: Array) -> Point:
        """Convert a point of the central square, in [-1, 1], to canvas pixels."""
        x, y = (
            TWICE * (self.room + length / 2 + self.side / 2 * float(at))
            for length, at in zip(self.size, np.clip(xy, -9, 9), strict=True)
        )
        return x, y

    def window(
        self, lattice: Array, letter: str, colour: str, dash: Sequence[int], *, grid: bool
    ) -> None:
        """Draw one window: its outline with a dark halo, its letter, and optionally its grid."""
        count = round(len(lattice) ** 0.5)
        net = lattice.reshape(count, count, 2)
        if grid:
            for line in (*net[1:-1], *net.swapaxes(0, 1)[1:-1]):
                self.draw.line([self.place(xy) for xy in line], colour, TWICE)
        around = np.concatenate([net[0], net[1:, -1], net[-1, -2::-1], net[-2::-1, 0]])
        outline = [self.place(xy) for xy in around]
        self.draw.line(outline, HALO, TWICE * (LINE + 2), joint="curve")
        for piece in dashed(outline, [TWICE * length for length in dash]):
            self.draw.line(piece, colour, TWICE * LINE, joint="curve")
        self.tag(outline[0], letter, colour)

    def tag(self, at: Point, letter: str, colour: str) -> None:
        """Draw a letter on a dark background, kept inside the canvas."""
        size = TWICE * LETTER
        x, y = (
            min(max(value, 0), length - size)
            for value, length in zip(at, self.image.size, strict=True)
        )
        self.draw.rectangle((x, y, x + size, y + size), HALO)
        font = ImageFont.load_default(0.75 * size)
        self.draw.text((x + size / 2, y + size / 2), letter, colour, font, anchor="mm")

    def done(self, words: str) -> NDArray[np.uint8]:
        """Downscale the canvas to its final size and add text below the frame."""
        width, height = (length // TWICE for length in self.image.size)
        small = self.image.resize((width, height), Image.Resampling.BOX)
        canvas = Image.new("RGB", (width, height + STRIP), GROUND)
        canvas.paste(small)
        pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(18)
        while words and pen.textlength(words, font) > width - 2 * MARGIN:
            words = words[:-2].rstrip(" \u2026") + "\u2026"
        pen.text((width / 2, height + STRIP / 2 - MARGIN / 2), words, DARK.ink, font, anchor="mm")
        return np.asarray(canvas)


def dashed(points: Sequence[Point], dash: Sequence[float]) -> list[list[Point]]:
    """Split a line into dashes: drawn for the first length, skipped for the second, and so on.

    Args:
        points: points of the line, in order.
        dash: an even number of lengths; empty for a solid line.
    """
    if not dash:
        return [list(points)]
    pieces, piece, turn, left = [], [points[0]], 0, dash[0]
    for start, end in pairwise(points):
        (x0, y0), (x1, y1) = start, end
        length, travelled = float(np.hypot(x1 - x0, y1 - y0)), 0.0
        while length - travelled > left:
            travelled += left
            share = travelled / length
            corner = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
            if turn % 2 == 0:
                pieces.append([*piece, corner])
            piece, turn = [corner], turn + 1
            left = dash[turn % len(dash)]
        left -= length - travelled
        piece.append(end)
    return [*pieces, piece] if turn % 2 == 0 else pieces
