"""The column of words beside a picture: the prediction, its bars, and the pose of the window."""

from __future__ import annotations

from stnviz.export.drawing.marks import Area, Mark, Rect, Text, Weight
from stnviz.export.drawing.paper import BIG, BODY, LEADING, NOTE, Paper
from stnviz.export.scenes.scene import Panel, Scene
from stnviz.plots.page_layout import broken, text_width

BARS = 30.0
"""Height of the bars in points."""

SHORT = 3
"""Letters of a prediction that is written large."""


def word_marks(
    panel: Panel, rect: Rect, paper: Paper, scene: Scene, *, beside: bool = False
) -> list[Mark]:
    """The words of a panel.

    Args:
        panel: what is said.
        rect: of the column.
        paper: colours.
        scene: says what the link hides.
        beside: whether the pose stands to the right of the prediction, not below it.
    """
    left, top, width, _ = rect
    marks: list[Mark] = []
    at, half = top, width / 2 - 2
    if scene.shows("answer") and panel.answer:
        if len(panel.answer) <= SHORT:
            at = _large(marks, panel, (left, at), paper)
        else:
            sure = f", {100 * panel.sure:.0f} %" if panel.sure is not None else ""
            said = panel.sentence or panel.answer
            room = half if beside and panel.facts else width
            at = _lines(marks, said.removesuffix(".") + sure, (left, at), room, paper)
        if panel.shares is not None:
            at = _bars(marks, panel, (left, at, min(half if beside else width, 130.0), BARS), paper)
    if scene.shows("theta") and panel.facts:
        size = NOTE if beside else BODY
        x, at = (left + half + 4, top) if beside else (left, at + BODY)
        for line in panel.facts:
            at += size * LEADING
            marks.append(Text((x, at), line, size, paper.accent))
    return marks


def _large(marks: list[Mark], panel: Panel, at: tuple[float, float], paper: Paper) -> float:
    left, top = at
    baseline = top + BIG * 0.8
    marks.append(Text((left, baseline), panel.answer, BIG, paper.ink, "bold"))
    if panel.sure is not None:
        after = left + BIG * text_width(panel.answer, "bold") + 5
        said = f"{100 * panel.sure:.0f} %"
        marks.append(Text((after, baseline), said, BODY, paper.faint))
    return baseline + 5


def _lines(
    marks: list[Mark], text: str, at: tuple[float, float], width: float, paper: Paper
) -> float:
    left, baseline = at
    for line in broken(text, width / BODY):
        baseline += BODY * LEADING
        marks.append(Text((left, baseline), line, BODY, paper.ink))
    return baseline + 5


def _bars(marks: list[Mark], panel: Panel, rect: Rect, paper: Paper) -> float:
    """A bar for each class, the highest dark, with its number below."""
    assert panel.shares is not None
    left, top, width, height = rect
    count = len(panel.shares)
    step, best = width / count, int(panel.shares.argmax())
    for place, share in enumerate(panel.shares.tolist()):
        x, bar = left + place * step, step - 1.5
        marks.append(Area((x, top, bar, height), paper.well))
        colour = paper.ink if place == best else paper.faint
        if share > 0.004:
            marks.append(Area((x, top + height * (1 - share), bar, height * share), colour))
        at = x + bar / 2, top + height + NOTE + 1
        weight: Weight = "bold" if place == best else "normal"
        marks.append(Text(at, str(place), NOTE - 1, colour, weight, "middle"))
    return top + height + NOTE + 3
