"""What is measured of a transformer's windows while it learns, in numpy."""

from __future__ import annotations

import numpy as np

from stnviz.records.conventions import conventional_grid
from stnviz.records.trace import Array, Step

MOST_PARAMETERS = 12
"""A theta with more numbers, as of a spline, has no curve for each."""


def distance(points: Array, other: Array) -> float:
    """Root mean square distance of points (..., 2), in half images; NaN if one is not finite."""
    return float(np.sqrt(np.square(points.astype(float) - other).sum(axis=-1).mean()))


def spread(points: Array) -> float:
    """How much windows (B, ..., 2) differ from image to image: distance from their mean."""
    return distance(points, points.mean(axis=0, keepdims=True))


def measure_step(step: Step[Array], before: Step[Array] | None) -> dict[str, float]:
    """Numbers of one transformer, by name.

    Args:
        step: of pictures.
        before: the same step in the trace before, if there is one.
    """
    grid = conventional_grid(step)
    found = {
        "outside": float((np.abs(grid) > 1).any(axis=-1).mean()),
        "spread": spread(grid),
    }
    if before is not None and before.grid.shape == step.grid.shape:
        found["movement"] = distance(grid, conventional_grid(before))
    if 0 < step.theta.shape[1] <= MOST_PARAMETERS:
        names = parameter_names(step.transform, step.theta.shape[1])
        found |= {
            f"theta/{name}": float(value)
            for name, value in zip(names, step.theta.mean(axis=0), strict=True)
        }
    return found


def parameter_names(transform: str, count: int) -> list[str]:
    """Names of theta's numbers: those of a registered transform, else their places."""
    from stnviz.transforms import TRANSFORMS, create_transform  # torch

    if transform in TRANSFORMS:
        parameters = create_transform(transform).parameters
        if len(parameters) == count:
            return [parameter.name for parameter in parameters]
    return [str(index) for index in range(count)]
