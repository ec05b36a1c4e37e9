"""Table 1 of Jaderberg et al. 2015: its cells, the paper's errors, and our recipe for each."""

from __future__ import annotations

from stnviz.experiments.recipe import Recipe
from stnviz.papers.cells import Cell
from stnviz.registry import Registry
from stnviz.runs.plan import Plan

SOURCE = "Jaderberg et al. 2015, table 1 (TC: section 4.1)"

_ROWS: dict[tuple[str, str | None], tuple[float | None, ...]] = {
    ("fcn", None): (2.1, 5.2, 3.1, 3.2, 13.2),
    ("cnn", None): (1.2, 0.8, 1.5, 1.4, 3.5),
    ("st-fcn", "affine"): (1.2, 0.8, 1.5, 2.7, 2.0),
    ("st-fcn", "projective"): (1.3, 0.9, 1.4, 2.6, None),
    ("st-fcn", "thin-plate-spline"): (1.1, 0.8, 1.4, 2.4, None),
    ("st-cnn", "affine"): (0.7, 0.5, 0.8, 1.2, 1.7),
    ("st-cnn", "projective"): (0.8, 0.6, 0.8, 1.3, None),
    ("st-cnn", "thin-plate-spline"): (0.7, 0.5, 0.8, 1.1, None),
}
"""Errors in percent. For TC the paper does not name the transform; affine is assumed."""

COLUMNS = ("mnist-r", "mnist-rts", "mnist-p", "mnist-e", "mnist-tc")
ROWS = tuple(_ROWS)


_SCHEDULES: dict[str, tuple[tuple[int, float, float, float], ...]] = {
    "fcn": (
        (80_000, 3e-3, 0.1, 1.0),
        (120_000, 3e-3, 0.0, 0.5),
        (80_000, 3e-3, 0.0, 0.5),
        (40_000, 3e-3, 0.1, 1.0),
        (160_000, 4e-3, 0.0, 0.0),
    ),
    "st-fcn": (
        (80_000, 3e-3, 0.1, 1.0),
        (80_000, 3e-3, 0.1, 1.0),
        (40_000, 3e-3, 0.1, 1.0),
        (40_000, 3e-3, 0.1, 1.0),
        (90_000, 3e-3, 0.1, 0.0),
    ),
    "cnn": (
        (20_000, 4e-3, 0.5, 0.0),
        (20_000, 4e-3, 0.5, 1.0),
        (10_000, 4e-3, 0.5, 0.0),
        (20_000, 4e-3, 0.5, 0.0),
        (6_000, 4e-3, 0.5, 0.0),
    ),
}
"""Steps, rate, dropout and bend for each column; an ST-CNN gets what a CNN gets.

A fully connected network takes more steps, and quicker ones, and is bent because it knows of no
shift by itself; where it never gets as far as learning by heart, it is spared that and dropout. A
convolutional one is bent on RTS alone, which has half as many turns as R: there the handwriting is
learned by heart first. TC's pictures are the largest, and its CNN is far ahead of the paper after
4,000 steps; what P crushes no schedule brings back.
"""


def recipe_for(data: str, model: str) -> Recipe:
    """The schedule that each network gets, found on two cores."""
    schedules = _SCHEDULES[model if model in _SCHEDULES else "cnn"]
    steps, rate, dropout, bend = schedules[COLUMNS.index(data)]
    return Recipe(
        data, steps, learning_rate=rate, dropout=dropout, elastic_augmentation=bend, ema_decay=0.999
    )


CELLS: Registry[Cell] = Registry("cell")

for (_model, _transform), _errors in _ROWS.items():
    for _data, _error in zip(COLUMNS, _errors, strict=True):
        if _error is not None:
            _plan = Plan(_model, _transform, recipe_for(_data, _model))
            CELLS.add(_plan.cell, Cell(_plan, round(_error / 100, 6)))
