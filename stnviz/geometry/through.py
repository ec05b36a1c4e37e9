"""Map points and boxes through a transform: from its output to its input, and back.

Theta maps the output to the input; :meth:`Transform.points` computes this. The inverse uses the
inverse matrix. A spline has no closed-form inverse, so Newton's method is used, starting from the
nearest point of a lattice. A map that folds is not injective: several output points sample the
same input point. It has no inverse, so an error is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.coordinates import Size, base_grid, cell_areas
from stnviz.geometry.boxes import frames
from stnviz.geometry.pixels import (
    box_around,
    pixel_boxes_to_unit,
    pixel_points_to_unit,
    unit_to_pixel_boxes,
    unit_to_pixel_points,
)
from stnviz.shapes import Float
from stnviz.transforms import NotInvertible, Transform
from stnviz.transforms.matrix import inverse_matrix
from stnviz.transforms.projective import HORIZON

NEWTON_STEPS, LONGEST_STEP, HALVINGS = 40, 0.5, 8
CLOSE = 1e-9
"""Newton's method has converged when a point maps to within this many half images of its target."""

LATTICE, BEYOND = 25, 1.5
"""Lattice of starting points for Newton's method: points along each side, and its half width."""

CELLS = 96
"""Cells along each side of the grid that is checked for folds."""


@dataclass(frozen=True)
class PixelWarp:
    """A transform between images of known sizes, in pixel coordinates.

    Pixel points are (x, y), with (0, 0) at the centre of the top left pixel; boxes are
    (x0, y0, x1, y1), edge to edge.

    Args:
        transform: any transform.
        theta: its parameters.
        in_size: (height, width) of the input.
        out_size: (height, width) of the output.
    """

    transform: Transform
    theta: Float[Tensor, "b p"]
    in_size: Size
    out_size: Size

    def points_to_input(self, points: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        """The pixel points of the input that are sampled at pixel points of the output.

        Points outside the input sample padding.
        """
        places = self._to_input(pixel_points_to_unit(points, self.out_size))
        return unit_to_pixel_points(places, self.in_size)

    def points_to_output(self, points: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        """The pixel points of the output at which pixel points of the input appear.

        They lie outside the output where the output does not show them.

        Raises:
            NotInvertible: as :func:`inverse_points` does.
        """
        places = self._to_output(pixel_points_to_unit(points, self.in_size))
        return unit_to_pixel_points(places, self.out_size)

    def boxes_to_input(self, boxes: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
        """The smallest upright boxes of the input that contain what boxes of the output show."""
        return _around(boxes, self.out_size, self.in_size, self._to_input)

    def boxes_to_output(self, boxes: Float[Tensor, "b n 4"]) -> Float[Tensor, "b n 4"]:
        """The smallest upright boxes of the output that contain boxes of the input, such as labels.

        Raises:
            NotInvertible: as :func:`inverse_points` does.
        """
        return _around(boxes, self.in_size, self.out_size, self._to_output)

    def _to_input(self, xy: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        return self.transform.points(self.theta, xy)

    def _to_output(self, xy: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        return inverse_points(self.transform, self.theta, xy)


def _around(
    boxes: Float[Tensor, "b n 4"], size: Size, other: Size, through: Callable[[Tensor], Tensor]
) -> Float[Tensor, "b n 4"]:
    """Map the outlines of ``boxes`` to the other image; return their upright bounding boxes."""
    around = frames(pixel_boxes_to_unit(boxes, size))
    there = through(around.flatten(1, 2)).unflatten(1, around.shape[1:3])
    return unit_to_pixel_boxes(box_around(there), other)


def inverse_points(
    transform: Transform, theta: Float[Tensor, "b p"], xy: Float[Tensor, "b n 2"]
) -> Float[Tensor, "b n 2"]:
    """The output points at which the input points ``xy`` appear, both in [-1, 1].

    Computed in float64 on the CPU; not differentiable.

    Raises:
        NotInvertible: theta is singular or folds the image, or no output point samples a point
            of ``xy``.
    """
    with torch.inference_mode(False):
        exact, target = theta.detach().cpu().double().clone(), xy.detach().cpu().double().clone()
        with torch.no_grad():
            matrix = transform.matrix(exact)
        found = _bent(transform, exact, target) if matrix is None else _straight(matrix, target)
    return found.to(xy)


def _straight(matrix: Float[Tensor, "b 3 3"], target: Float[Tensor, "b n 2"]) -> Tensor:
    inverse = inverse_matrix(matrix)
    terms = target @ inverse[:, :, :2].mT + inverse[:, None, :, 2]
    places = terms[..., :2] / terms[..., 2:]
    depth = places @ matrix[:, 2, :2, None] + matrix[:, None, 2:, 2]
    unseen = ~(depth[..., 0] > HORIZON)
    if bool(unseen.any()):
        raise NotInvertible(_unseen(unseen))
    return places


def _bent(transform: Transform, theta: Tensor, target: Float[Tensor, "b n 2"]) -> Tensor:
    areas = cell_areas(transform.grid(theta, (CELLS, CELLS))).flatten(1)
    folds = (areas.amin(dim=1) <= 0) & (areas.amax(dim=1) >= 0)  # a mirrored grid is no fold
    if bool(folds.any()):
        rows = ", ".join(map(str, folds.nonzero().flatten().tolist()))
        raise NotInvertible(
            f"Theta in row {rows} folds the image, so that a place of the input may be seen more "
            "than once: choose another theta."
        )
    lattice = BEYOND * base_grid((LATTICE, LATTICE), dtype=theta.dtype).flatten(0, 1)
    mapped = transform.points(theta, lattice.expand(len(theta), -1, 2))
    found = lattice[torch.cdist(target, mapped).argmin(dim=2)]
    error = (transform.points(theta, found) - target).norm(dim=2)
    for _ in range(NEWTON_STEPS):
        if bool((error < CLOSE).all()):
            return found
        step = _newton_step(transform, theta, found, target)
        for _ in range(HALVINGS):
            tried = found - step
            missed = (transform.points(theta, tried) - target).norm(dim=2)
            better = missed < error
            found = torch.where(better[..., None], tried, found)
            error = torch.where(better, missed, error)
            step = torch.where(better[..., None], torch.zeros_like(step), step / 2)
    unseen = ~(error < CLOSE)
    if bool(unseen.any()):
        raise NotInvertible(_unseen(unseen))
    return found


def _newton_step(transform: Transform, theta: Tensor, at: Tensor, target: Tensor) -> Tensor:
    with torch.enable_grad():
        places = at.detach().requires_grad_()
        mapped = transform.points(theta, places)
        # Each mapped point depends only on its own input, so summing over points and taking one
        # gradient per axis gives the Jacobians of all points at once.
        rows = [
            torch.autograd.grad(mapped[..., axis].sum(), places, retain_graph=True)[0]
            for axis in range(2)
        ]
    missed = (mapped - target).detach()
    step, _ = torch.linalg.solve_ex(torch.stack(rows, dim=-2), missed[..., None])
    return step[..., 0].nan_to_num().clamp(-LONGEST_STEP, LONGEST_STEP)


def _unseen(which: Tensor) -> str:
    row, place = which.nonzero()[0].tolist()
    return (
        f"Point {place} of row {row} is seen from nowhere in the output: leave it out, or choose "
        "another theta."
    )
