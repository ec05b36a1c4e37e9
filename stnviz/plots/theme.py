"""One look for every chart, light and dark; colours as everywhere on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Theme:
    """Colours of a chart, all #rrggbb.

    Args:
        ink: text.
        faint: axes.
        line: grid lines.
        wash: shaded regions.
        series: one after the other; the first is the network's blue.
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
"""Series are told apart without colour as well."""

LANES = (
    ("A", "#58a6e0", ()),
    ("B", "#4fc29b", (9, 4)),
    ("C", "#b78be0", (3, 3)),
    ("D", "#d9a441", (12, 3, 3, 3)),
)
"""Transformers side by side, on pictures: letter, colour, dash in pixels; as in ui/attention."""


def style(figure: go.Figure, theme: Theme, height: int = 360) -> go.Figure:
    """Give a figure the house's look."""
    axis = {
        "gridcolor": theme.line, "zeroline": False, "automargin": True, "linecolor": theme.line,
        "tickfont": {"color": theme.faint}, "title": {"font": {"color": theme.faint}},
    }  # fmt: skip
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"color": theme.ink, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        # Below the axis, where it may take as many lines as a phone needs.
        legend={
            "orientation": "h", "y": -0.3, "yanchor": "top", "x": 0, "font": {"color": theme.ink},
        },
    )  # fmt: skip
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure
