"""Error curves: error against the strength of a distortion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from stnviz.plots.theme import DASHES, Theme, style

FLOOR = 0.001
"""Smallest error on the chart's logarithmic axis; an error of 0 is drawn here, too."""


def error_curves(
    places: Sequence[float],
    errors: Mapping[str, Sequence[float]],
    trained: tuple[float, float],
    theme: Theme,
    *,
    axis: str,
    suffix: str = "",
) -> go.Figure:
    """Plot error against a distortion parameter, one curve per network; shade the trained range.

    Args:
        places: values of the parameter, in display units.
        errors: maps the title of each network to its errors in [0, 1].
        trained: the interval that training covered.
        theme: colours.
        axis: title of the value axis.
        suffix: unit of the values.
    """
    figure = go.Figure()
    figure.add_vrect(
        x0=max(trained[0], min(places)), x1=min(trained[1], max(places)),
        fillcolor=theme.wash, line_width=0, layer="below",
        annotation={"text": "trained", "font": {"color": theme.faint, "size": 12}},
        annotation_position="top left",
    )  # fmt: skip
    for place, (title, values) in enumerate(errors.items()):
        figure.add_scatter(
            x=list(places), y=[100 * max(value, FLOOR) for value in values], name=title,
            mode="lines", customdata=[100 * value for value in values],
            line={
                "color": theme.series[place % len(theme.series)],
                "dash": DASHES[place % len(DASHES)], "width": 2.5,
            },
            hovertemplate="%{customdata:.1f} %",
        )  # fmt: skip
    style(figure, theme)
    figure.update_xaxes(title_text=axis, ticksuffix=suffix, range=[min(places), max(places)])
    figure.update_yaxes(
        title_text="error in %", type="log", range=[math.log10(100 * FLOOR), 2],
        tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
    )  # fmt: skip
    return figure
