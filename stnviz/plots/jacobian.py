"""The Jacobian of a sampling grid, as numbers and as a map: where it zooms, and where it folds.

Part of the public API.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure

from stnviz.plots.colours import LIGHT, PAPER
from stnviz.plots.windows import check_index
from stnviz.records import Array, Step, Trace
from stnviz.records.conventions import conventional_grid
from stnviz.records.windows import letter_of, warps_of

SIDE = 3.2
"""Side of one map in inches."""

DEEPEST = 2.0
"""Largest zoom on the colour scale, in doublings of the area."""

ZOOM = LinearSegmentedColormap.from_list("zoom", ("#1f6fb2", PAPER, "#a6761d"))
"""Blue where the transformer zooms in, brown where it zooms out."""

FOLDED = ListedColormap(["#c2412d"])
"""Colour of the folded region, which the scale does not have."""


def jacobian_map(step: Step[Array]) -> Array:
    """Jacobian determinant of a step's grids in each cell between four output pixels.

    It is 1 for the identity, below 1 where the transformer zooms in, above 1 where it zooms out,
    and negative where it mirrors or folds the image.

    Args:
        step: of pictures.

    Returns:
        (B, h - 1, w - 1).

    Raises:
        ValueError: the step warps volumes, or its output has fewer than two rows or columns.
    """
    grid = conventional_grid(step) if step.grid.ndim == 4 else step.grid
    if grid.ndim != 4 or min(grid.shape[1:3]) < 2:
        raise ValueError(
            f"A grid of shape {grid.shape} has no area: choose a step that warps pictures."
        )
    height, width = grid.shape[1:3]
    along_x = (grid[:, :-1, 1:] - grid[:, :-1, :-1]) * width / 2
    along_y = (grid[:, 1:, :-1] - grid[:, :-1, :-1]) * height / 2
    found: Array = along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0]
    return found


def plot_jacobian(trace: Trace, index: int = 0) -> Figure:
    """Plot where each transformer zooms in or out, and where its grid folds, for one image.

    Blue regions are zoomed in, brown ones zoomed out, red ones folded or mirrored.

    Args:
        trace: from :func:`stnviz.inspect` or :func:`stnviz.load_trace`.
        index: index of the image in the trace.

    Returns:
        A figure with one map for each step that warps pictures, in the output's coordinates.

    Raises:
        IndexError: the trace has no such image.
        ValueError: no step warps pictures.
    """
    check_index(trace, index)
    steps = warps_of(trace)
    if not steps:
        raise ValueError("No step of the trace warps pictures: choose another trace.")
    size = (SIDE * len(steps) + 0.6, SIDE)
    figure = Figure(figsize=size, dpi=120, facecolor=PAPER, layout="constrained")
    for axes, step in zip(figure.subplots(1, len(steps), squeeze=False)[0], steps, strict=True):
        areas = jacobian_map(step)[index]
        folded = np.ma.masked_where(~(areas <= 0), areas)
        zoom = np.ma.masked_invalid(np.log2(np.where(areas > 0, areas, np.nan)))
        image = axes.imshow(zoom, cmap=ZOOM, vmin=-DEEPEST, vmax=DEEPEST, extent=(-1, 1, 1, -1))
        axes.imshow(folded * 0, cmap=FOLDED, extent=(-1, 1, 1, -1))
        share = float((areas <= 0).mean())
        middle = float(np.median(zoom.compressed())) if zoom.count() else float("nan")
        axes.set_title(
            f"{letter_of(step)}: area x {2**middle:.2f}, folded {share:.0%}",
            fontsize=9,
            color=LIGHT.ink,
        )
        axes.set_xticks((-1, 0, 1))
        axes.set_yticks((-1, 0, 1))
        axes.tick_params(colors=LIGHT.faint, labelsize=8)
        axes.set_aspect(step.grid.shape[1] / step.grid.shape[2])
    bar = figure.colorbar(image, ax=figure.axes, shrink=0.8)
    bar.set_label("area of the input, in doublings", color=LIGHT.faint, fontsize=8)
    return figure
