"""Colours and dashes of all plots: orange for what the user sets, blue for the network."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.records.lanes import LANES as LANES


@dataclass(frozen=True)
class Theme:
    """Colours of a chart, all #rrggbb.

    Args:
        ink: text.
        faint: axes.
        line: grid lines.
        wash: shaded regions.
        series: colours of the series, in order; the first is the network's blue.
    """

    ink: str
    faint: str
    line: str
    wash: str
    series: tuple[str, ...]


LIGHT = Theme(
    "#1d2126", "#6b6f76", "#e3dfd6", "#f1efe9",
    ("#1f6fb2", "#6b6f76", "#2a8f6d", "#8a5fb5", "#a6761d"),
)  # fmt: skip
DARK = Theme(
    "#e8e6e1", "#9a9ea6", "#2d323a", "#1e2127",
    ("#58a6e0", "#9a9ea6", "#4fb892", "#b08ad6", "#cf9f4a"),
)  # fmt: skip
DASHES = ("solid", "dot", "dash", "dashdot", "longdash")
"""Line styles of series, so that they can be distinguished without colour."""

LANES_ON_PAPER = ("#1f6fb2", "#2a8f6d", "#8a5fb5", "#a6761d")
"""The colours of the same transformers on a light background, beside text."""

PAPER = "#fbfaf7"
"""The light background."""
