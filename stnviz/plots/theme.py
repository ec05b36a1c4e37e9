"""One look for every chart, light and dark; colours as everywhere on the screen."""

from __future__ import annotations

import plotly.graph_objects as go

from stnviz.plots.colours import DARK, DASHES, LANES, LIGHT, Theme

__all__ = ["DARK", "DASHES", "LANES", "LIGHT", "Theme", "style"]


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
