"""Text and pictures from top to bottom on an A4 page, lines broken by the widths of their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from stnviz.plots.theme import LIGHT

WIDTH, HEIGHT = 595.3, 841.9
"""A4 in points of 1/72 inch."""

LEFT, TOP, BOTTOM = 56.0, 52.0, 48.0
SIZE = 10.5
LEADING = 1.36
FONT = "DejaVu Sans"
"""It comes with matplotlib, so every machine draws the same page."""


@dataclass(frozen=True)
class Paragraph:
    """Text that is broken into lines.

    Args:
        text: without markup.
        size: of the type in points, before the page's scale; the usual one by default.
        weight: normal or bold.
        colour: #rrggbb.
        indent: of all lines, in points.
        after: room below, in points.
    """

    text: str
    size: float = SIZE
    weight: str = "normal"
    colour: str = LIGHT.ink
    indent: float = 0.0
    after: float = 6.0


class Page:
    """An A4 page that is filled from the top; lengths are in points.

    Args:
        scale: of type and of the room between paragraphs.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        self._scale = scale
        self._at = TOP

    @property
    def fits(self) -> bool:
        """Whether everything so far lies on the page."""
        return self._at <= HEIGHT - BOTTOM

    def has_room(self, paragraphs: Sequence[Paragraph]) -> bool:
        """Whether these fit below what is there; an empty page takes them in any case."""
        needed = sum(self._height(one) for one in paragraphs)
        return self._at == TOP or self._at + needed <= HEIGHT - BOTTOM

    def add(self, paragraph: Paragraph) -> None:
        """Write a paragraph below what is there."""
        size = paragraph.size * self._scale
        for line in self._broken(paragraph):
            self._at += size * LEADING
            self._write(LEFT + paragraph.indent, self._at, line, paragraph)
        self._at += paragraph.after * self._scale

    def note(self, text: str) -> None:
        """Write a line at the top right that takes no room."""
        self.figure.text(
            1 - LEFT / WIDTH, 1 - 36 / HEIGHT, text, ha="right", va="baseline",
            fontsize=9, fontfamily=FONT, color=LIGHT.faint,
        )  # fmt: skip

    def rule(self) -> None:
        """Draw a thin line across the page."""
        self._line(self._at, LIGHT.faint, 0.6)
        self._at += 8 * self._scale

    def lines(self, count: int, distance: float) -> None:
        """Draw lines to write on."""
        for _ in range(count):
            self._at += distance * self._scale
            self._line(self._at, "#b9b4a8", 0.5)
        self._at += 10 * self._scale

    def axes(self, width: float, height: float) -> Axes:
        """Room for a picture below what is there."""
        self._at += 3
        bottom = 1 - (self._at + height) / HEIGHT
        found = self.figure.add_axes((LEFT / WIDTH, bottom, width / WIDTH, height / HEIGHT))
        self._at += height + 5
        return found

    def _write(self, x: float, y: float, text: str, paragraph: Paragraph) -> None:
        self.figure.text(
            x / WIDTH, 1 - y / HEIGHT, text, va="baseline", parse_math=False,
            fontsize=paragraph.size * self._scale, fontfamily=FONT,
            fontweight=paragraph.weight, color=paragraph.colour,
        )  # fmt: skip

    def _line(self, y: float, colour: str, width: float) -> None:
        from matplotlib.lines import Line2D

        ends, level = (LEFT / WIDTH, 1 - LEFT / WIDTH), 1 - y / HEIGHT
        self.figure.add_artist(Line2D(ends, (level, level), color=colour, linewidth=width))

    def _height(self, paragraph: Paragraph) -> float:
        lines = len(self._broken(paragraph))
        return self._scale * (lines * paragraph.size * LEADING + paragraph.after)

    def _broken(self, paragraph: Paragraph) -> list[str]:
        room = (WIDTH - 2 * LEFT - paragraph.indent) / (paragraph.size * self._scale)
        return broken(paragraph.text, room, paragraph.weight)


def broken(text: str, room: float, weight: str = "normal") -> list[str]:
    """Text in lines.

    Args:
        text: with a space between words.
        room: largest width of a line, as :func:`text_width` measures it.
        weight: normal or bold.
    """
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, weight) <= room:
            lines[-1] = longer
        else:
            lines += _pieces(word, room, weight)
    return lines


def _pieces(word: str, room: float, weight: str) -> list[str]:
    """A word, cut where it is longer than a line, as an address may be."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, weight) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def text_width(text: str, weight: str = "normal") -> float:
    """Width of a text set in type of one point; kerning, which narrows it, is left out."""
    return sum(_advance(letter, weight) for letter in text)


@lru_cache(maxsize=1024)
def _advance(letter: str, weight: str) -> float:
    font = get_font(findfont(FontProperties(family=FONT, weight=weight)))
    font.set_size(100, 72)
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 / 100
