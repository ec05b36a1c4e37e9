"""Matplotlib figures of alignment: predicted against true change, and answers under noise.

Part of the public API.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stnviz.plots.colours import LANES_ON_PAPER, LIGHT, PAPER
from stnviz.records.alignment import Alignment, AlignmentSweep, NoiseCurve

SIDE = 2.9
"""Side of one chart in inches."""

UNITS = {
    "angle": "rotation, degrees",
    "scale": "scale, factor",
    "shift_x": "shift right, half images",
    "shift_y": "shift down, half images",
}


def plot_alignment(alignment: Alignment) -> Figure:
    """Plot the predicted change of each window against the true change of its image.

    A transformer that follows lies on the dashed diagonal, one that is dead on the horizontal line.
    Each thin line is an image, the thick one their median.

    Args:
        alignment: from :func:`stnviz.measure_alignment`.

    Returns:
        A figure with one row for each transformer and one column for each distortion.

    Raises:
        ValueError: nothing was measured.
    """
    places = sorted({(sweep.tick, sweep.lane) for sweep in alignment.sweeps})
    quantities = list(dict.fromkeys(sweep.quantity for sweep in alignment.sweeps))
    if not places:
        raise ValueError("Nothing was measured: give measure_alignment at least one sweep.")
    size = (SIDE * len(quantities), SIDE * len(places))
    figure = Figure(figsize=size, dpi=120, facecolor=PAPER, layout="constrained")
    axes = figure.subplots(len(places), len(quantities), squeeze=False)
    for row, (tick, lane) in zip(axes, places, strict=True):
        for chart, quantity in zip(row, quantities, strict=True):
            _plot_sweep(chart, alignment.sweep(quantity, lane, tick))
    return figure


def _plot_sweep(axes: Axes, sweep: AlignmentSweep) -> None:
    turn = 180 / np.pi if sweep.quantity == "angle" else 1.0
    still = 1.0 if sweep.quantity == "scale" else 0.0
    order = np.argsort(sweep.true)
    true, predicted = sweep.true[order] * turn, sweep.predicted[order] * turn
    colour = LANES_ON_PAPER[sweep.lane % len(LANES_ON_PAPER)]
    axes.set_facecolor(PAPER)
    axes.axhline(still, color=LIGHT.line, linewidth=1, zorder=0)
    axes.plot(true, true, color=LIGHT.faint, linestyle=(0, (4, 3)), linewidth=1, label="follows")
    axes.plot(true, predicted, color=colour, linewidth=0.6, alpha=0.25)
    usable = np.isfinite(predicted).any(axis=1)
    if usable.any():
        middle = np.nanmedian(predicted[usable], axis=1)
        axes.plot(true[usable], middle, color=colour, linewidth=2.2, label="median")
    axes.set_xlabel(UNITS[sweep.quantity], color=LIGHT.faint, fontsize=8)
    axes.set_ylabel("window", color=LIGHT.faint, fontsize=8)
    axes.set_title(str(sweep).replace(": ", "\n"), fontsize=8, color=LIGHT.ink)
    axes.tick_params(colors=LIGHT.faint, labelsize=7)


def plot_noise(curve: NoiseCurve) -> Figure:
    """Plot how many answers stay, and how many are wrong, under noise on theta.

    Args:
        curve: from :func:`stnviz.measure_noise`.
    """
    figure = Figure(figsize=(1.6 * SIDE, SIDE), dpi=120, facecolor=PAPER, layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor(PAPER)
    axes.plot(
        curve.levels, 100 * curve.agreement, color=LANES_ON_PAPER[0], linewidth=2, marker="o",
        markersize=4, label="answer as without noise",
    )  # fmt: skip
    if curve.error is not None:
        axes.plot(
            curve.levels, 100 * curve.error, color=LIGHT.faint, linewidth=1.5,
            linestyle=(0, (4, 3)), marker="o", markersize=4, label="wrong answer",
        )  # fmt: skip
    axes.set_ylim(-3, 103)
    axes.set_xlabel("noise on theta, standard deviation", color=LIGHT.faint, fontsize=8)
    axes.set_ylabel("images, %", color=LIGHT.faint, fontsize=8)
    axes.tick_params(colors=LIGHT.faint, labelsize=7)
    axes.legend(frameon=False, fontsize=8)
    return figure
