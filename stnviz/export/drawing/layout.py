"""A scene laid out on a sheet: what is the same in all frames, and what changes with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stnviz.export.drawing.marks import Area, Clipped, Mark, Picture, Rect, Text
from stnviz.export.drawing.paper import Paper
from stnviz.export.drawing.windows import window_marks, yours_marks
from stnviz.export.scenes.scene import Frame, Panel, Scene
from stnviz.plots.page_layout import broken

MARGIN, GAP = 10.0, 12.0
"""Around the sheet, and between columns, in points."""

ROOM = 0.13
"""Around a picture, as a share of its longer side: windows may leave it."""

TITLE, BODY, NOTE, BIG = 9.5, 8.0, 7.0, 20.0
"""Sizes of type in points."""

WORDS = 0.9
"""Width of the column of words, relative to that of a picture."""

TALLEST = 190.0
"""Largest side of a picture's cell in points, so that a wide figure does not grow too high."""

LEADING = 1.35


@dataclass(frozen=True)
class Columns:
    """The columns of a panel; lengths in points.

    Args:
        cell: width and height of the cell of a picture.
        output: whether there are outputs.
        words: whether there is a column of words.
        words_width: its width.
    """

    cell: float
    output: bool
    words: bool
    words_width: float


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
        self.panel_height = TITLE * 1.9 + self.columns.cell + NOTE * 1.5
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
            at = self.width - MARGIN, MARGIN + TITLE
            marks.append(Text(at, frame.label, TITLE, self.paper.ink, "bold", "right"))
        return marks

    def _columns(self) -> Columns:
        shows, panels = self.scene.shows, self._first.panels
        output = shows("output") and any(panel.outputs or panel.absent for panel in panels)
        said = shows("answer") and any(p.answer or p.sentence for p in panels)
        facts = shows("theta") and any(panel.facts for panel in panels)
        words = said or facts
        room = self.width - 2 * MARGIN - GAP * (output + words)
        cell = min(room / (1 + output + WORDS * words), TALLEST)
        rest = room - cell * (1 + output)
        return Columns(cell, output, words, max(rest, 0.0))

    def _top(self, place: int) -> float:
        return MARGIN + place * (self.panel_height + 6)

    def _caption_lines(self) -> list[str]:
        return broken(self.scene.caption, (self.width - 2 * MARGIN) / NOTE)

    def _heading(self, panel: Panel, top: float) -> list[Mark]:
        from stnviz.plots.page_layout import text_width

        paper, cell = self.paper, self.columns.cell
        below = top + TITLE * 1.9 + cell + NOTE * 1.3
        after = MARGIN + TITLE * text_width(panel.title, "bold") + 5
        marks: list[Mark] = [
            Text((MARGIN, top + TITLE), panel.title, TITLE, paper.ink, "bold"),
            Text((after, top + TITLE), panel.note, NOTE, paper.faint),
            Area(self._cell(top, 0), paper.well),
            Text((MARGIN + cell / 2, below), "input", NOTE, paper.faint, "normal", "middle"),
        ]
        if self.columns.output and not panel.absent:
            middle = MARGIN + cell * 1.5 + GAP
            marks.append(Text((middle, below), "output", NOTE, paper.faint, "normal", "middle"))
        if self.columns.output and panel.absent:
            left, at, _, height = self._cell(top, 1)
            words = Text((left + 4, at + height / 2), panel.absent, BODY, paper.faint)
            marks.append(words)
        return marks

    def _cell(self, top: float, column: int) -> Rect:
        cell = self.columns.cell
        return MARGIN + column * (cell + GAP), top + TITLE * 1.9, cell, cell

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
        from stnviz.plots.colours import LANES

        if place >= len(panel.outlines):
            return []
        outline = panel.outlines[place]
        colour, size = LANES[outline.lane % len(LANES)][1], 9.0
        middle = rect[0] + size / 2
        return [
            Area((rect[0], rect[1], size, size), "#0a0c10"),
            Text((middle, rect[1] + 7), outline.name[:2], 6.5, colour, "bold", "middle"),
        ]

    def _words(self, panel: Panel, top: float) -> list[Mark]:
        from stnviz.export.drawing.words import word_marks

        left = MARGIN + (1 + self.columns.output) * (self.columns.cell + GAP)
        rect = (left, top + TITLE * 1.9, self.columns.words_width, self.columns.cell)
        return word_marks(panel, rect, self.paper, self.scene)


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
