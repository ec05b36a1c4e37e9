"""Light and dark plotly theme for all charts, with the colours of the app."""

from __future__ import annotations

import plotly.graph_objects as go

from stnviz.plots.colours import DARK, DASHES, LANES, LIGHT, Theme

__all__ = ["DARK", "DASHES", "LANES", "LIGHT", "Theme", "style"]


def style(figure: go.Figure, theme: Theme, height: int = 360) -> go.Figure:
    """Apply the theme to a plotly figure."""
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
        # Below the axis, where it may wrap into as many lines as a phone screen needs.
        legend={
            "orientation": "h", "y": -0.3, "yanchor": "top", "x": 0, "font": {"color": theme.ink},
        },
    )  # fmt: skip
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure
