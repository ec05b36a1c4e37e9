"""Base class of the affine transforms; decomposition and inverse of transform matrices."""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from torch import Tensor

from stnviz.coordinates import Extent, affine_terms, full_precision, is_recorded
from stnviz.shapes import Float
from stnviz.transforms.contract import NotInvertible, Pose, Transform

SMALLEST_DETERMINANT = 1e-8


def decompose(linear: Float[Tensor, "b 2 2"], aspect: float = 1.0) -> Pose:
    """Decompose 2x2 matrices as rotation * [[scale_x, scale_x * shear], [0, scale_y]], in pixels.

    In [-1, 1] coordinates the pixels of an image that is not square are not square either. A
    matrix is therefore first converted to pixels, to [[a, aspect * b], [c / aspect, d]].

    The angle is that of the window's x axis, clockwise on the screen because y points
    down; ``scale_y`` is negative where the map mirrors. If the first column of the matrix is
    zero, angle and shear are undefined and returned as 0.

    Args:
        linear: the linear parts of maps over [-1, 1].
        aspect: width over height of the image.
    """
    a, b, c, d = linear.flatten(1).unbind(dim=1)
    b, c = aspect * b, c / aspect
    scale_x = (a * a + c * c).sqrt()
    flat, zero = scale_x == 0, torch.zeros_like(scale_x)
    divisor = torch.where(flat, 1.0, scale_x)
    return {
        "angle": torch.where(flat, zero, torch.atan2(c, a)),
        "scale_x": scale_x,
        "scale_y": torch.where(flat, (b * b + d * d).sqrt(), (a * d - b * c) / divisor),
        "shear": torch.where(flat, zero, (a * b + c * d) / divisor / divisor),
    }


class AffineFamily(Transform):
    """Transforms whose map is a matrix: 2x3 for images, 3x4 for volumes.

    A subclass converts theta to and from its rows; one of volumes also measures and inverts them.
    """

    invertible = True

    @abstractmethod
    def rows(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b n m"]:
        """The rows of the matrix."""

    @abstractmethod
    def from_rows(self, rows: Float[Tensor, "b n m"]) -> Float[Tensor, "b p"]:
        """Theta of a matrix that belongs to this family."""

    def matrix(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b m m"]:
        self.check(theta)
        last = theta.new_tensor([0.0] * self.dimensions + [1.0])
        return torch.cat([self.rows(theta), last.expand(theta.shape[0], 1, -1)], dim=1)

    def grid(self, theta: Float[Tensor, "b p"], size: Extent) -> Float[Tensor, "b *size n"]:
        self.check(theta)
        return affine_terms(self.rows(theta), size).movedim(1, -1)

    def points(
        self, theta: Float[Tensor, "b p"], xy: Float[Tensor, "b k n"]
    ) -> Float[Tensor, "b k n"]:
        self.check(theta)
        rows = self.rows(theta)
        with full_precision(theta):
            return xy @ rows[:, :, :-1].mT + rows[:, None, :, -1]

    def compose(
        self, outer: Float[Tensor, "b p"], inner: Float[Tensor, "b p"]
    ) -> Float[Tensor, "b p"]:
        with full_precision(outer):
            return self.from_rows((self.matrix(outer) @ self.matrix(inner))[:, :-1])

    def inverse(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
        return self.from_rows(inverse_matrix(self.matrix(theta))[:, :2])

    def measure(self, theta: Float[Tensor, "b p"], aspect: float | None = None) -> Pose:
        rows = self.rows(theta)
        linear = decompose(rows[:, :, :2], self.aspect if aspect is None else aspect)
        return {**linear, "shift_x": rows[:, 0, 2], "shift_y": rows[:, 1, 2]}


def inverse_matrix(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 3 3"]:
    """The inverse matrices, scaled so that the bottom right element is 1.

    While a graph is recorded nothing can be raised: a matrix without an inverse gives NaN there.

    Raises:
        NotInvertible: a matrix is singular or its inverse cannot be scaled; names the batch rows.
    """
    adjugate = _adjugate(matrix)
    determinant = (matrix[:, 0] * adjugate[:, :, 0]).sum(dim=1)
    singular = determinant.abs() < SMALLEST_DETERMINANT
    corner = adjugate[:, 2, 2]
    unscalable = (corner / determinant).abs() < SMALLEST_DETERMINANT
    if is_recorded():
        corner = torch.where(singular | unscalable, math.nan, corner)
    elif bool(singular.any()):
        raise NotInvertible(cannot_invert(singular, "squeezes the plane onto a line or a point"))
    elif bool(unscalable.any()):
        raise NotInvertible(cannot_invert(unscalable, "sends the centre to the horizon"))
    return adjugate / corner[:, None, None]


def _adjugate(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 3 3"]:
    """The adjugate matrices: each column is the cross product of two rows, all three at once."""
    after, last = matrix.roll(-1, 1), matrix.roll(-2, 1)
    products = after.roll(-1, 2) * last.roll(-2, 2) - after.roll(-2, 2) * last.roll(-1, 2)
    return products.mT


def cannot_invert(bad: Tensor, why: str) -> str:
    """The message on the rows of a batch that have no inverse."""
    rows = ", ".join(str(index) for index in bad.nonzero().flatten().tolist())
    return f"Theta in row {rows} {why} and has no inverse: choose another theta."
