"""A scene laid out on a sheet: what is the same in all frames, and what changes with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stnviz.export.drawing.marks import Anchor, Area, Clipped, Mark, Picture, Rect, Text
from stnviz.export.drawing.paper import BODY, HALO, LEADING, NOTE, TITLE, Paper
from stnviz.export.drawing.windows import window_marks, yours_marks
from stnviz.export.drawing.words import word_marks
from stnviz.export.scenes.scene import Frame, Panel, Scene
from stnviz.plots.colours import LANES
from stnviz.plots.page_layout import broken, text_width

MARGIN, GAP = 10.0, 12.0
"""Around the sheet, and between columns, in points."""

ROOM = 0.13
"""Around a picture, as a share of its longer side: windows may leave it."""

WORDS = 0.9
"""Width of the column of words, relative to that of a picture."""

NARROW, BELOW = 300.0, 62.0
"""Width of a sheet in points below which words stand below the pictures, and their height there."""

TALLEST = 190.0
"""Largest side of a picture's cell in points, so that a wide figure does not grow too high."""


@dataclass(frozen=True)
class Columns:
    """The columns of a panel; lengths in points.

    Args:
        cell: width and height of the cell of a picture.
        output: whether there are outputs.
        words: whether there is a column of words.
        words_width: its width.
        below: whether the words stand below the pictures instead.
    """

    cell: float
    output: bool
    words: bool
    words_width: float
    below: bool


class Layout:
    """Lays out the frames of a scene.

    Args:
        scene: of at least one frame with panels.
        paper: colours.
        width: of the sheet in points.
        captioned: whether the caption is drawn below.
    """

    def __init__(self, scene: Scene, paper: Paper, width: float, *, captioned: bool) -> None:
        self.scene, self.paper, self.width = scene, paper, width
        self._first = scene.draw(scene.shown)
        self.columns = self._columns()
        self._caption = self._caption_lines() if captioned else []
        self._head = TITLE * (1.9 if self._label_fits() else 3.2)
        words = BELOW if self.columns.words and self.columns.below else 0.0
        self.panel_height = self._head + self.columns.cell + NOTE * 1.5 + words
        panels = len(self._first.panels) * self.panel_height + (len(self._first.panels) - 1) * 6
        caption = len(self._caption) * NOTE * LEADING + (6 if self._caption else 0)
        self.height = MARGIN + panels + caption + MARGIN

    def fixed(self) -> list[Mark]:
        """What all frames share: titles, notes, wells and the caption."""
        marks: list[Mark] = []
        for place, panel in enumerate(self._first.panels):
            marks += self._heading(panel, self._top(place))
        baseline = self.height - MARGIN - (len(self._caption) - 1) * NOTE * LEADING - 1
        for row, line in enumerate(self._caption):
            at = MARGIN, baseline + row * NOTE * LEADING
            marks.append(Text(at, line, NOTE, self.paper.faint))
        return marks

    def moving(self, frame: Frame) -> list[Mark]:
        """What one frame shows: pictures, windows, predictions and its label."""
        marks: list[Mark] = []
        for place, panel in enumerate(frame.panels):
            marks += self._panel(panel, self._top(place))
        if frame.label:
            fits = self._label_fits()
            at = (self.width - MARGIN, MARGIN + TITLE) if fits else (MARGIN, MARGIN + 2.4 * TITLE)
            anchor: Anchor = "right" if fits else "left"
            size = TITLE if fits else BODY
            marks.append(Text(at, frame.label, size, self.paper.ink, "bold", anchor))
        return marks

    def _columns(self) -> Columns:
        shows, panels = self.scene.shows, self._first.panels
        output = shows("output") and any(panel.outputs or panel.absent for panel in panels)
        said = shows("answer") and any(p.answer or p.sentence for p in panels)
        facts = shows("theta") and any(panel.facts for panel in panels)
        words = said or facts
        below = self.width < NARROW
        beside = words and not below
        room = self.width - 2 * MARGIN - GAP * (output + beside)
        cell = min(room / (1 + output + WORDS * beside), TALLEST)
        rest = self.width - 2 * MARGIN if below else room - cell * (1 + output)
        return Columns(cell, output, words, max(rest, 0.0), below)

    def _top(self, place: int) -> float:
        return MARGIN + place * (self.panel_height + 6)

    def _caption_lines(self) -> list[str]:
        return broken(self.scene.caption, (self.width - 2 * MARGIN) / NOTE)

    def _heading(self, panel: Panel, top: float) -> list[Mark]:
        paper, cell = self.paper, self.columns.cell
        below = top + self._head + cell + NOTE * 1.3
        after = MARGIN + TITLE * text_width(panel.title, "bold") + 5
        marks: list[Mark] = [
            Text((MARGIN, top + TITLE), panel.title, TITLE, paper.ink, "bold"),
            Area(self._cell(top, 0), paper.well),
            Text((MARGIN + cell / 2, below), "input", NOTE, paper.faint, "normal", "middle"),
        ]
        end = after + NOTE * text_width(panel.note) + GAP + self._label_width()
        if end <= self.width - MARGIN:
            marks.append(Text((after, top + TITLE), panel.note, NOTE, paper.faint))
        if self.columns.output and not panel.absent:
            middle = MARGIN + cell * 1.5 + GAP
            marks.append(Text((middle, below), "output", NOTE, paper.faint, "normal", "middle"))
        if self.columns.output and panel.absent:
            left, at, _, height = self._cell(top, 1)
            for row, line in enumerate(broken(panel.absent, (cell - 4) / BODY)):
                baseline = at + height / 2 + row * BODY * LEADING
                marks.append(Text((left + 4, baseline), line, BODY, paper.faint))
        return marks

    def _label_fits(self) -> bool:
        """Whether labels of frames fit beside the title of the first panel."""
        title = TITLE * text_width(self._first.panels[0].title, "bold")
        return 2 * MARGIN + title + GAP + self._label_width() <= self.width

    def _label_width(self) -> float:
        """Width of the longest label of a frame."""
        return max((TITLE * text_width(one, "bold") for one in self.scene.labels), default=0.0)

    def _cell(self, top: float, column: int) -> Rect:
        cell = self.columns.cell
        return MARGIN + column * (cell + GAP), top + self._head, cell, cell

    def _panel(self, panel: Panel, top: float) -> list[Mark]:
        cell = self._cell(top, 0)
        rect = fitted(panel.picture.shape, cell, ROOM)
        drawn: list[Mark] = [Picture(panel.picture, rect)]
        on_it = []
        if self.scene.shows("window"):
            if panel.distorted is not None:
                on_it += yours_marks(panel.distorted, rect)
            for outline in panel.outlines:
                on_it += window_marks(outline, rect, grid=self.scene.grid)
        drawn.append(Clipped(cell, on_it))
        if self.columns.output and panel.outputs:
            drawn += self._outputs(panel, self._cell(top, 1))
        if self.columns.words:
            drawn += self._words(panel, top)
        return drawn

    def _outputs(self, panel: Panel, cell: Rect) -> list[Mark]:
        """The outputs in a square grid, each as large as it fits."""
        side = int(np.ceil(len(panel.outputs) ** 0.5))
        gap = 4.0 if side > 1 else 0.0
        inner = fitted((1, 1), cell, ROOM if side == 1 else 0.0)
        part = (inner[2] - gap * (side - 1)) / side
        rows = int(np.ceil(len(panel.outputs) / side))
        top = inner[1] + (inner[3] - rows * part - (rows - 1) * gap) / 2
        marks: list[Mark] = []
        for place, output in enumerate(panel.outputs):
            row, column = divmod(place, side)
            at = inner[0] + column * (part + gap), top + row * (part + gap), part, part
            rect = fitted(output.shape, at, 0.0)
            marks.append(Picture(output, rect))
            if side > 1:
                marks += self._tag(place, panel, rect)
        return marks

    def _tag(self, place: int, panel: Panel, rect: Rect) -> list[Mark]:
        """The letter of the transformer that gives out an output."""
        if place >= len(panel.outlines):
            return []
        outline = panel.outlines[place]
        colour, name = LANES[outline.lane % len(LANES)][1], outline.name[:2]
        width, height = 5.0 + 4.5 * len(name), 9.0
        return [
            Area((rect[0], rect[1], width, height), HALO),
            Text((rect[0] + width / 2, rect[1] + 7), name, 6.5, colour, "bold", "middle"),
        ]

    def _words(self, panel: Panel, top: float) -> list[Mark]:
        columns, at = self.columns, top + self._head
        left = MARGIN + (1 + columns.output) * (columns.cell + GAP)
        rect = left, at, columns.words_width, columns.cell
        if columns.below:
            rect = MARGIN, at + columns.cell + NOTE * 1.5 + 5, columns.words_width, BELOW
        return word_marks(panel, rect, self.paper, self.scene, beside=columns.below)


def fitted(shape: tuple[int, ...], cell: Rect, room: float) -> Rect:
    """Where a picture lies in the middle of a cell, its aspect kept.

    Args:
        shape: (H, W, ...) of the picture.
        cell: the cell.
        room: around the picture, as a share of its longer side.
    """
    height, width = shape[:2]
    left, top, across, down = cell
    scale = min(across / width, down / height) / (1 + 2 * room)
    size = width * scale, height * scale
    return left + (across - size[0]) / 2, top + (down - size[1]) / 2, *size
