"""Paints one frame with matplotlib, for PNG, SVG and PDF: text stays text, fonts are embedded."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text as Words
from matplotlib.transforms import Affine2D

from stnviz.export.drawing.marks import Area, Clipped, Line, Mark, Picture, Rect, Text
from stnviz.plots.page_layout import FONT

StillKind = Literal["png", "svg", "pdf"]

FINE = 900
"""Pixels along a picture's longer side, at least, in a drawing of vectors: viewers blur less."""

ALIGNED = {"left": "left", "middle": "center", "right": "right"}


class Sheet:
    """A figure on which marks are painted.

    Args:
        size: (width, height) in points.
        ground: #rrggbb.
    """

    def __init__(self, size: tuple[float, float], ground: str) -> None:
        self.width, self.height = size
        self.figure = Figure(figsize=(self.width / 72, self.height / 72), facecolor=ground)
        flipped = Affine2D().scale(1 / self.width, -1 / self.height).translate(0, 1)
        self._points = flipped + self.figure.transFigure
        self._order = 0

    def paint(self, marks: Sequence[Mark], clip: Rect | None = None) -> None:
        """Paint marks over what is there."""
        for mark in marks:
            if isinstance(mark, Clipped):
                self.paint(mark.marks, mark.rect)
            elif isinstance(mark, Picture):
                self._picture(mark)
            else:
                self._add(self._artist(mark), clip)

    def _artist(self, mark: Line | Area | Text) -> Artist:
        if isinstance(mark, Area):
            left, top, width, height = mark.rect
            return Rectangle((left, top), width, height, facecolor=mark.colour, linewidth=0)
        if isinstance(mark, Text):
            return Words(
                *mark.at, mark.text, color=mark.colour, fontsize=mark.size, fontfamily=FONT,
                fontweight=mark.weight, ha=ALIGNED[mark.anchor], va="baseline", parse_math=False,
            )  # fmt: skip
        style: Any = (
            (0, tuple(length / mark.width for length in mark.dash)) if mark.dash else "solid"
        )
        line = Line2D(*mark.points.T, color=mark.colour, linewidth=mark.width, linestyle=style)
        if mark.halo:
            line.set_path_effects([withStroke(linewidth=mark.width + 1.2, foreground=mark.halo)])
        return line

    def _add(self, artist: Artist, clip: Rect | None) -> None:
        self._order += 1
        artist.set_zorder(self._order)
        artist.set_transform(self._points)
        self.figure.add_artist(artist)
        if clip is not None:
            left, top, width, height = clip
            artist.set_clip_path(Rectangle((left, top), width, height, transform=self._points))
            artist.set_clip_on(True)

    def _picture(self, mark: Picture) -> None:
        self._order += 1
        left, top, width, height = mark.rect
        place = (
            left / self.width, 1 - (top + height) / self.height,
            width / self.width, height / self.height,
        )  # fmt: skip
        axes = self.figure.add_axes(place, zorder=self._order)
        axes.set_axis_off()
        finer = max(1, -(-FINE // max(mark.pixels.shape[:2])))
        large = mark.pixels.repeat(finer, axis=0).repeat(finer, axis=1)
        axes.imshow(np.ascontiguousarray(large), aspect="auto", interpolation="none")

    def save(self, kind: StillKind, dpi: float, words: Mapping[str, str]) -> bytes:
        """The figure as a file.

        Args:
            kind: of the file.
            dpi: of a PNG.
            words: ``Title`` and ``Description``.
        """
        return save_figure(self.figure, kind, dpi, words)


def save_figure(figure: Figure, kind: StillKind, dpi: float, words: Mapping[str, str]) -> bytes:
    """A figure as a file with a title and a description, which screen readers read.

    Args:
        figure: outside pyplot.
        kind: of the file.
        dpi: of a PNG.
        words: ``Title`` and ``Description``.
    """
    file = io.BytesIO()
    title, description = words["Title"], words["Description"]
    about: dict[str, str | None] = {
        "png": {"Title": title, "Description": description, "Software": "stnviz"},
        "svg": {"Title": title, "Description": description, "Creator": "stnviz", "Date": None},
        "pdf": {
            "Title": title, "Subject": description, "Creator": "stnviz", "Producer": None,
            "CreationDate": None,
        },
    }[kind]  # type: ignore[assignment]  # fmt: skip
    figure.savefig(file, format=kind, dpi=dpi, metadata=about, facecolor=figure.get_facecolor())
    data = file.getvalue()
    return _named(data, description) if kind == "svg" else data


def _named(data: bytes, description: str) -> bytes:
    """An SVG file whose drawing says to a screen reader what it shows."""
    label = escape(description, quote=True)
    return data.replace(b"<svg ", f'<svg role="img" aria-label="{label}" '.encode(), 1)
