"""Named numbers of every image of a step: the pose of its window, and how its grid samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from stnviz.analysis.grid_geometry import affine_part, identity_grid
from stnviz.analysis.sampling_maps import (
    distance_outside,
    pixel_areas,
    pixel_positions,
    positions_at_rest,
)
from stnviz.records import Array, Step
from stnviz.shapes import Float
from stnviz.transforms import Affine, Transform, create_transform

MOST_THETA = 64
"""Elements of theta that are listed one by one."""

POINT_SETS = ("points", "planes", "lookup")
"""Kinds of grids that are no map of a picture."""


@dataclass(frozen=True)
class Quantity:
    """A number that every image has.

    Args:
        name: short, unique in its step.
        unit: such as degrees, %, px; empty for a plain number.
        help: what it is, as a sentence.
    """

    name: str
    unit: str
    help: str


_THETA = "theta "
"""Start of the names of theta's elements; their numbers follow, from 1."""

_POSE = {
    "angle": ("\u00b0", "Turn of the window's x axis, clockwise on the screen."),
    "scale_x": ("", "Width of the window over that of the input; below 1 it zooms in."),
    "scale_y": ("", "Height of the window over that of the input; negative if it mirrors."),
    "shear": ("", "How far the window's y axis leans, as a slope."),
    "shift_x": ("", "Where the window's middle lies, in half images to the right."),
    "shift_y": ("", "Where the window's middle lies, in half images down."),
    "tilt_x": ("", "Perspective along x: the denominator's slope."),
    "tilt_y": ("", "Perspective along y: the denominator's slope."),
    "depth": ("", "Smallest denominator in the output; below 0 part of it is behind the horizon."),
    "bend": ("", "RMS distance of the control points from an affine map, in half heights."),
    "area": ("", "Smallest Jacobian determinant; below 0 the grid folds."),
    "scale_z": ("", "Depth of the window over that of the input."),
    "volume": ("", "Determinant of the affine part; below 0 it mirrors."),
    "shift_z": ("", "Where the window's middle lies along z, in half volumes."),
}

_OTHER = {
    "outside": ("%", "Share of the samples that lie outside the input."),
    "folded": ("%", "Share of the grid's cells with a negative Jacobian determinant."),
    "covers": ("px", "Median number of input pixels that one output pixel covers."),
    "displacement": ("px", "Mean distance that samples are moved from the identity."),
    "farthest": ("px", "Largest distance that a sample is moved from the identity."),
    "spread": ("px", "RMS distance of the points from the middle of their query's."),
    "weight outside": ("%", "Share of the weight on points outside the input."),
    "residual": ("px", "RMS distance between the grid and the transform that fits it best."),
    "gradient": ("", "Norm of the loss's derivative with respect to theta, or to the grid."),
}


def step_quantities(step: Step[Array]) -> tuple[tuple[Quantity, ...], Float[Array, "b q"]]:
    """The quantities of a step, and their values for every image.

    Poses are in the step's own convention of ``align_corners``, as the model computed them. For
    transforms of no known family they are those of the affine part.

    Args:
        step: of a trace.

    Returns:
        Q quantities and (B, Q) values; NaN where a number does not exist.
    """
    rows = [dict(_of_image(step, index)) for index in range(len(step.grid))]
    found = {name for row in rows for name in row}
    elements = sorted((name for name in found if name.startswith(_THETA)), key=_place)
    names = [name for name in {**_POSE, **_OTHER} if name in found] + elements
    values = np.array([[row.get(name, math.nan) for name in names] for row in rows], np.float64)
    described = {**_POSE, **_OTHER}
    quantities = tuple(Quantity(name, *_described(name, described)) for name in names)
    return quantities, values.reshape(len(rows), len(names))


def _place(name: str) -> int:
    return int(name.removeprefix(_THETA))


def _described(name: str, known: dict[str, tuple[str, str]]) -> tuple[str, str]:
    return known.get(name, ("", "Element of theta, as the model computed it."))


def _of_image(step: Step[Array], index: int) -> Iterator[tuple[str, float]]:
    """The numbers of one image; elements of theta last."""
    is_corners = step.call is not None and step.call.align_corners
    size = step.input.shape[2:]
    grid = np.array(step.grid[index], np.float32)
    places = pixel_positions(grid, size, align_corners=is_corners)
    finite = np.isfinite(places).all(axis=-1)
    outside = distance_outside(places, size) > 0
    is_set = step.kind in POINT_SETS
    if not is_set:
        yield from _pose(step, index, grid, is_corners)
    yield "outside", 100 * float(outside[finite].mean()) if finite.any() else math.nan
    if is_set:
        yield from _points(step, index, places, outside)
    else:
        yield from _shape(step, places, size, is_corners)
    if step.residual is not None:
        yield "residual", float(step.residual[index])
    gradient = step.grid_gradient if step.theta_gradient is None else step.theta_gradient
    if gradient is not None:
        yield "gradient", float(np.linalg.norm(np.asarray(gradient[index], np.float64)))
    for place, value in enumerate(step.theta[index][:MOST_THETA].tolist(), start=1):
        yield f"{_THETA}{place}", float(value)


def _pose(
    step: Step[Array], index: int, grid: Float[Array, "*size d"], is_corners: bool
) -> Iterator[tuple[str, float]]:
    """The window's pose."""
    sides = step.input.shape[2:]
    if len(sides) == 3:
        yield from _pose_of_volume(_affine_part(grid, is_corners))
        return
    height, width = (max(side - is_corners, 1) for side in sides)
    family = _family(step.transform, step.theta.shape[1])
    if family is None:
        family, theta = Affine(), _affine_part(grid, is_corners).reshape(-1)
    else:
        theta = np.asarray(step.theta[index], np.float64)
    pose = family.pose(torch.from_numpy(theta), width / height)
    for name, value in (pose or {}).items():
        yield name, math.degrees(value) if name == "angle" else value


@lru_cache(maxsize=16)
def _family(name: str, count: int) -> Transform | None:
    """The transform whose pose is more than that of its affine part; None for all others."""
    if name == "projective" and count == 8:
        return create_transform(name)
    side = math.isqrt(count // 2)
    if name == "thin-plate-spline" and side > 1 and 2 * side**2 == count:
        return create_transform(name, side=side)
    return None


def _affine_part(grid: Float[Array, "*size d"], is_corners: bool) -> Float[Array, "d k"]:
    """Rows of the affine map closest to a grid; NaN if the grid is not finite."""
    base = identity_grid(grid.shape[:-1], align_corners=is_corners)
    rows: Array = affine_part(torch.from_numpy(grid)[None].double(), base.double())[0].numpy()
    return rows


def _pose_of_volume(rows: Float[Array, "3 4"]) -> Iterator[tuple[str, float]]:
    for axis, name in enumerate("xyz"):
        yield f"scale_{name}", float(np.linalg.norm(rows[:, axis]))
    for axis, name in enumerate("xyz"):
        yield f"shift_{name}", float(rows[axis, 3])
    yield "volume", float(np.linalg.det(rows[:, :3])) if np.isfinite(rows).all() else math.nan


def _shape(
    step: Step[Array], places: Float[Array, "*size d"], size: tuple[int, ...], is_corners: bool
) -> Iterator[tuple[str, float]]:
    """How a dense grid samples."""
    areas = pixel_areas(places)
    areas = areas[np.isfinite(areas)]
    if areas.size:
        yield "folded", 100 * float((areas < 0).mean())
        yield "covers", float(np.median(np.abs(areas)))
    if step.kind == "field":
        rest = positions_at_rest(places.shape[:-1], size, align_corners=is_corners)
        moved = np.linalg.norm(places - rest, axis=-1)
        moved = moved[np.isfinite(moved)]
        if moved.size:
            yield "displacement", float(moved.mean())
            yield "farthest", float(moved.max())


def _points(
    step: Step[Array], index: int, places: Float[Array, "*size d"], outside: Array
) -> Iterator[tuple[str, float]]:
    """How sampled points lie."""
    middle = places.mean(axis=-2, keepdims=True)
    yield "spread", float(np.sqrt(np.square(places - middle).sum(axis=-1).mean()))
    if step.weights is not None:
        weights = np.asarray(step.weights[index], np.float64)
        total = weights.sum()
        share = float((weights * outside).sum() / total) if total > 0 else math.nan
        yield "weight outside", 100 * share
