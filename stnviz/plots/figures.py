"""Matplotlib figures of a trace, for papers and notebooks: sampling grid, windows, theta.

Part of the public API. Each function takes one image of a trace and returns a
``matplotlib.figure.Figure`` outside pyplot: save it with ``figure.savefig(...)``, or let a notebook
show it. Images are drawn pixel by pixel; coordinates are (x, y) in [-1, 1], x to the right and y
down, -1 and 1 at the edges. Each transformer has its own colour, dash and letter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from stnviz.plots.colours import LANES, LANES_ON_PAPER, LIGHT, PAPER
from stnviz.plots.windows import Window, check_index, check_steps, outline_of, windows_of
from stnviz.records import Array, Trace, conventional_grid

SIDE = 3.2
"""Side of one image in inches."""

LINES = 8
"""Largest number of drawn grid lines in each direction, including the edges."""

HALO = [withStroke(linewidth=4.2, foreground="#0a0c10")]
"""A dark edge around lines on images, so that they are visible on bright and dark areas."""

FEW = 12
"""Values are written beside the points if theta has at most this many parameters."""


def plot_grid(trace: Trace, index: int = 0) -> Figure:
    """Plot each step's input with its sampling grid, and beside it the step's output.

    Args:
        trace: from :func:`stnviz.inspect` or :func:`stnviz.load_trace`.
        index: index of the image in the trace.

    Returns:
        A figure with one row per step, in order of (tick, lane). Feature maps are shown as their
        mean over the channels.

    Raises:
        IndexError: the trace has no such image.
        ValueError: the trace has no steps.
    """
    steps = sorted(trace.steps, key=lambda step: (step.tick, step.lane))
    figure = _sheet(trace, index, 2 * SIDE, SIDE * len(steps))
    axes = figure.subplots(len(steps), 2, squeeze=False)
    for (given, read), step in zip(axes, steps, strict=True):
        show_image(given, step.input[index])
        show_image(read, step.output[index])
        grid = conventional_grid(step)[index]
        rows, columns = (np.unique(np.linspace(0, n - 1, LINES).round()) for n in grid.shape[:2])
        for line in (*grid[rows.astype(int)], *grid.swapaxes(0, 1)[columns.astype(int)]):
            given.plot(*line.T, color=_lane(step.lane)["color"], linewidth=0.8)
        name = _name(step.lane, step.tick, trace)
        _outline(given, Window(step.lane, step.tick, outline_of(grid)), name)
        given.set_title(f"{name}: {step.transform}", fontsize=10)
        read.set_title("what it reads", fontsize=10)
    return figure


def plot_windows(trace: Trace, index: int = 0) -> Figure:
    """Plot the image with the window of every step, as an outline with its letter.

    If a step samples the output of an earlier step, its window is that of their composed maps, in
    the image; earlier windows are paler. For a network that warps a foreground onto a background,
    the outline is drawn in the foreground's coordinates.

    Args:
        trace: from :func:`stnviz.inspect` or :func:`stnviz.load_trace`.
        index: index of the image in the trace.

    Raises:
        IndexError: the trace has no such image.
        ValueError: the trace has no steps.
    """
    figure = _sheet(trace, index, 1.4 * SIDE, 1.5 * SIDE)
    axes = figure.subplots()
    show_image(axes, trace.images[index])
    last = max(step.tick for step in trace.steps)
    for window in windows_of(trace, index):
        name = _name(window.lane, window.tick, trace)
        _outline(axes, window, name, strength=0.35 + 0.65 * (window.tick + 1) / (last + 1))
    if (probabilities := trace.probabilities[index]).ndim == 1:
        axes.set_title(f"class {probabilities.argmax()}, {probabilities.max():.0%}", fontsize=10)
    return figure


def plot_theta(trace: Trace, index: int = 0) -> Figure:
    """Plot theta of every step, one point per parameter, in the transform's own units.

    ``create_transform(name).parameters`` gives the name and unit of each parameter.

    Args:
        trace: from :func:`stnviz.inspect` or :func:`stnviz.load_trace`.
        index: index of the image in the trace.

    Raises:
        IndexError: the trace has no such image.
        ValueError: the trace has no steps.
    """
    figure = _sheet(trace, index, 2 * SIDE, SIDE)
    axes = figure.subplots()
    axes.set_facecolor(PAPER)
    axes.axhline(0, color=LIGHT.line, linewidth=1, zorder=0)
    steps = sorted(trace.steps, key=lambda step: (step.tick, step.lane))
    for place, step in enumerate(steps):
        theta, style = step.theta[index], _lane(step.lane)
        style["color"] = LANES_ON_PAPER[step.lane % len(LANES_ON_PAPER)]
        at = np.arange(1, len(theta) + 1) + 0.5 * ((place + 0.5) / len(steps) - 0.5)
        name = f"{_name(step.lane, step.tick, trace)}: {step.transform}"
        axes.plot(at, theta, marker="o", markersize=4, linewidth=1, label=name, **style)
        if len(theta) <= FEW and len(steps) == 1:
            for x, value in zip(at, theta, strict=True):
                axes.annotate(
                    f"{value:.2f}", (x, value), (0, 6), textcoords="offset points",
                    ha="center", fontsize=8, color=LIGHT.ink,
                )  # fmt: skip
    axes.margins(y=0.18)
    axes.set_xlabel("number of theta", color=LIGHT.faint)
    axes.set_ylabel("value", color=LIGHT.faint)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8)
    return figure


def _sheet(trace: Trace, index: int, width: float, height: float) -> Figure:
    """Create an empty figure, after checking that the trace has this image and steps."""
    check_index(trace, index)
    check_steps(trace)
    return Figure(figsize=(width, height), dpi=120, facecolor=PAPER, layout="constrained")


def show_image(axes: Axes, image: Array) -> None:
    """Draw one image pixel by pixel, in the [-1, 1] coordinates of sampling grids."""
    channels, height, width = image.shape
    if channels == 3:
        axes.imshow(image.transpose(1, 2, 0).clip(0, 1), extent=(-1, 1, 1, -1))
    else:
        # Feature maps have no fixed range; a grey image keeps [0, 1].
        top = 1.0 if channels == 1 and image.max() <= 1 else None
        low = 0.0 if image.min() >= 0 else None
        axes.imshow(image.mean(axis=0), cmap="gray", vmin=low, vmax=top, extent=(-1, 1, 1, -1))
    axes.set_aspect(height / width)
    axes.set_facecolor(LIGHT.wash)
    axes.set_xticks((-1, 0, 1))
    axes.set_yticks((-1, 0, 1))
    axes.tick_params(colors=LIGHT.faint, labelsize=8)
    axes.autoscale(tight=False)


def _lane(lane: int) -> dict[str, Any]:
    """Colour and dash of a transformer, drawn on an image."""
    _, colour, dash = LANES[lane % len(LANES)]
    return {"color": colour, "linestyle": (0, dash) if dash else "solid"}


def _name(lane: int, tick: int, trace: Trace) -> str:
    """A transformer's letter, followed by the step number if there are several steps."""
    letter = chr(ord("A") + lane)
    return f"{letter}{tick + 1}" if any(step.tick for step in trace.steps) else letter


def _outline(axes: Axes, window: Window, name: str, strength: float = 1.0) -> None:
    """Draw the outline of a window with a dark halo, and its name at the first point."""
    if not np.isfinite(window.outline).all():
        return
    style = _lane(window.lane)
    axes.plot(*window.outline.T, linewidth=2.2, alpha=strength, path_effects=HALO, **style)
    x, y = window.outline[0]
    axes.text(
        x, y, name, color=style["color"], fontsize=9, ha="center", va="center", alpha=strength,
        bbox={"facecolor": "#0a0c10", "edgecolor": "none", "pad": 2},
    )  # fmt: skip
