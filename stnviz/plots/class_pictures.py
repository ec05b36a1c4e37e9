"""Matplotlib figure of what the images of each class have in common, before and after alignment.

Part of the public API.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from stnviz.plots.colours import LIGHT, PAPER
from stnviz.plots.figures import show_image
from stnviz.records.alignment import ClassPictures

SIDE = 1.15
"""Side of one image in inches."""

ROWS = ("mean before", "mean after", "variance before", "variance after")


def plot_class_pictures(pictures: ClassPictures) -> Figure:
    """Plot mean and variance of each class before and after a transformer.

    Sharp means and dark variances after it show that it has aligned the class.

    Args:
        pictures: from :func:`stnviz.class_pictures`.

    Returns:
        A figure with one column for each class. Both variances of a class share their grey scale.
    """
    count = len(pictures.labels)
    size = (SIDE * count + 0.8, SIDE * len(ROWS) + 0.5)
    figure = Figure(figsize=size, dpi=120, facecolor=PAPER, layout="constrained")
    axes = figure.subplots(len(ROWS), count, squeeze=False)
    for column in range(count):
        variances = (pictures.variance_before[column], pictures.variance_after[column])
        top = max(float(variance.max()) for variance in variances) or 1.0
        shown = (
            pictures.mean_before[column], pictures.mean_after[column],
            *(variance / top for variance in variances),
        )  # fmt: skip
        for row, image in zip(axes, shown, strict=True):
            show_image(row[column], image)
            row[column].set_xticks(())
            row[column].set_yticks(())
        axes[0, column].set_title(f"class {pictures.labels[column]}", fontsize=8, color=LIGHT.ink)
        ratio = pictures.variance_ratio[column]
        axes[-1, column].set_xlabel(f"{ratio:.0%} of before", fontsize=8, color=LIGHT.faint)
    for row, title in zip(axes, ROWS, strict=True):
        row[0].set_ylabel(title, fontsize=8, color=LIGHT.faint)
    return figure
