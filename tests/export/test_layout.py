"""Texts of a figure of any width lie on the sheet, and none on another."""

from __future__ import annotations

from itertools import combinations

import pytest

from stnviz.export.drawing.layout import Layout
from stnviz.export.drawing.marks import Text
from stnviz.export.drawing.paper import PAPERS
from stnviz.export.opening import open_scene
from stnviz.export.request import Wanted
from stnviz.plots.page_layout import text_width

Box = tuple[float, float, float, float]

SHARE = {"left": 0.0, "middle": 0.5, "right": 1.0}


def box_of(mark: Text) -> Box:
    width = mark.size * text_width(mark.text, mark.weight)
    left = mark.at[0] - SHARE[mark.anchor] * width
    return left, mark.at[1] - 0.7 * mark.size, left + width, mark.at[1]


def overlap(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 1 and min(one[3], other[3]) - max(one[1], other[1]) > 1


@pytest.mark.law
@pytest.mark.parametrize("width", [60, 84, 105, 160, 300])
@pytest.mark.parametrize(
    "what",
    [
        "?",
        "mnist-rts/st-cnn-thin-plate-spline",
        "time_machine?",
        "steps?model=glasses/st-gan-similarity",
        "?hide=answer",
    ],
)
def test_no_text_lies_on_another(what: str, width: int) -> None:
    scene = open_scene(what, Wanted())
    layout = Layout(scene, PAPERS["light"], Wanted(width=width).points, captioned=True)
    marks = [*layout.fixed(), *layout.moving(scene.draw(scene.shown))]
    boxes = {mark.text: box_of(mark) for mark in marks if isinstance(mark, Text)}
    for text, (left, top, right, bottom) in boxes.items():
        assert left >= 0, text
        assert top >= 0, text
        assert right <= layout.width + 1, text
        assert bottom <= layout.height, text
    texts = [mark for mark in marks if isinstance(mark, Text)]
    found = [
        (one.text, other.text)
        for one, other in combinations(texts, 2)
        if overlap(box_of(one), box_of(other))
    ]
    assert found == []
