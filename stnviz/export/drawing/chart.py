"""Curves as a figure."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from stnviz.export.drawing.paper import BODY, LEADING, NOTE, Paper
from stnviz.export.scenes.scene import Scene
from stnviz.plots.page_layout import FONT, broken

DASHES = ("solid", (0, (1, 1.5)), (0, (5, 3)), (0, (7, 2, 1.5, 2)), (0, (10, 3)))
"""Line styles of curves, so that they can be distinguished without colour."""

RATIO = 0.55
"""Height of the axes, relative to the width of the figure."""

FLOOR = 0.1
"""Smallest value on the logarithmic axis, in percent; smaller ones are drawn here."""


def draw_chart(scene: Scene, paper: Paper, width: float, *, captioned: bool) -> Figure:
    """The chart of a scene.

    Args:
        scene: with a chart.
        paper: colours.
        width: in points.
        captioned: whether the caption is written below.
    """
    chart = scene.chart
    assert chart is not None
    lines = broken(scene.caption, (width - 36) / NOTE) if captioned else []
    below = len(lines) * NOTE * LEADING + 6
    height = width * RATIO + below
    figure = Figure(figsize=(width / 72, height / 72), facecolor=paper.ground)
    axes = figure.add_axes(
        (46 / width, (below + 34) / height, 1 - 58 / width, 1 - (below + 58) / height)
    )
    axes.set_facecolor(paper.ground)
    if chart.trained is not None:
        axes.axvspan(*chart.trained, color=paper.well, linewidth=0)
    for place, (title, values) in enumerate(chart.curves.items()):
        axes.plot(
            chart.places, [max(value, FLOOR) for value in values], label=title,
            color=paper.series[place % len(paper.series)], linestyle=DASHES[place % len(DASHES)],
            linewidth=1.5,
        )  # fmt: skip
    style: dict[str, Any] = {"color": paper.faint, "fontsize": BODY, "fontfamily": FONT}
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlim(min(chart.places), max(chart.places))
    axes.set_xlabel(chart.axis, **style)
    axes.set_ylabel(chart.measure, **style)
    axes.grid(color=paper.line, linewidth=0.6)
    axes.tick_params(colors=paper.faint, labelsize=BODY, length=0)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.legend(
        frameon=False, fontsize=BODY, labelcolor=paper.ink, ncols=3, loc="lower left",
        bbox_to_anchor=(0, 1), borderaxespad=0.2,
    )  # fmt: skip
    for row, line in enumerate(lines):
        at = (below - (row + 1) * NOTE * LEADING + 2) / height
        figure.text(
            10 / width, at, line, color=paper.faint, fontsize=NOTE, fontfamily=FONT,
            parse_math=False,
        )  # fmt: skip
    return figure
