"""Scenes as pictures: PNG, SVG and PDF."""

from __future__ import annotations

from stnviz.export.drawing.chart import draw_chart
from stnviz.export.drawing.layout import Layout
from stnviz.export.drawing.paper import PAPERS
from stnviz.export.drawing.vectors import Sheet, StillKind, save_figure
from stnviz.export.progress import Tell
from stnviz.export.request import Wanted, check_pixels
from stnviz.export.scenes.scene import Frame, Scene


def write_still(scene: Scene, wanted: Wanted, kind: StillKind, tell: Tell) -> bytes:
    """The frame that the scene shows, or its chart, as a file.

    Raises:
        NotExportable: it would have too many pixels.
    """
    paper, dpi = PAPERS[wanted.theme], 72 * wanted.scale
    if scene.chart is not None:
        figure = draw_chart(scene, paper, wanted.points, captioned=wanted.captioned)
        words = {"Title": scene.title, "Description": describe_chart(scene)}
        return save_figure(figure, kind, dpi, words)
    layout = Layout(scene, paper, wanted.points, captioned=wanted.captioned)
    if kind == "png":
        check_pixels(layout.width * wanted.scale, layout.height * wanted.scale, 1)
    frame = scene.draw(scene.shown)
    sheet = Sheet((layout.width, layout.height), paper.ground)
    sheet.paint(layout.fixed())
    tell(0.5, "Drawing")
    sheet.paint(layout.moving(frame))
    words = {"Title": scene.title, "Description": describe(scene, frame)}
    return sheet.save(kind, dpi, words)


def describe(scene: Scene, frame: Frame) -> str:
    """What a frame shows, for those who do not see it."""
    said = [f"{scene.title}."]
    if frame.label:
        said.append(f"{frame.label}.")
    for panel in frame.panels:
        windows = len(panel.outlines) if scene.shows("window") else 0
        count = f"{windows} window{'' if windows == 1 else 's'}"
        drawn = f"the picture with {count} on it" if windows else "the picture"
        answer = ""
        if scene.shows("answer") and (panel.sentence or panel.answer):
            answer = f", {panel.sentence or panel.answer}".removesuffix(".")
        said.append(f"{panel.title}: {drawn}{answer}.")
    return " ".join([*said, scene.caption])


def describe_chart(scene: Scene) -> str:
    """What a chart shows, for those who do not see it."""
    assert scene.chart is not None
    ranges = [
        f"{title}: {min(values):.1f} to {max(values):.1f}"
        for title, values in scene.chart.curves.items()
    ]
    return f"{scene.title}, {scene.chart.measure}. {'; '.join(ranges)}. {scene.caption}"
