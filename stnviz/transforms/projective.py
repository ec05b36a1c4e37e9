"""The plane projective transform (homography): a plane seen in perspective."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import (
    OUT_OF_SIGHT,
    Extent,
    affine_terms,
    base_grid,
    full_precision,
    is_recorded,
)
from stnviz.records import Parameter
from stnviz.shapes import Float
from stnviz.transforms.contract import Pose, Transform, register
from stnviz.transforms.linear_systems import solve
from stnviz.transforms.matrix import decompose, inverse_matrix

HORIZON = 1 / OUT_OF_SIGHT
"""Points at or below this depth lie at or behind the horizon and sample only padding."""


@register
class Projective(Transform):
    """Eight parameters: the first eight elements of a 3x3 matrix, row by row; the ninth is 1."""

    name, title = "projective", "Plane projective"
    source = "Jaderberg et al. 2015, section 3.2 and appendix A.4 (8 parameters)"
    invertible = True
    parameters = (
        Parameter("a", 1.0, -2.0, 2.0, "", "x of the input for each x of the output."),
        Parameter("b", 0.0, -2.0, 2.0, "", "x of the input for each y of the output."),
        Parameter("shift_x", 0.0, -1.0, 1.0, "half", "Moves the window right, in half images."),
        Parameter("c", 0.0, -2.0, 2.0, "", "y of the input for each x of the output."),
        Parameter("d", 1.0, -2.0, 2.0, "", "y of the input for each y of the output."),
        Parameter("shift_y", 0.0, -1.0, 1.0, "half", "Moves the window down, in half images."),
        Parameter("tilt_x", 0.0, -0.9, 0.9, "", "Depth gained for each x of the output."),
        Parameter("tilt_y", 0.0, -0.9, 0.9, "", "Depth gained for each y of the output."),
    )

    def matrix(self, theta: Float[Tensor, "b 8"]) -> Float[Tensor, "b 3 3"]:
        self.check(theta)
        return torch.cat([theta, torch.ones_like(theta[:, :1])], dim=1).unflatten(1, (3, 3))

    def grid(self, theta: Float[Tensor, "b 8"], size: Extent) -> Float[Tensor, "b h w 2"]:
        matrix = self.matrix(theta)
        flat = affine_terms(matrix[:, :2], size)
        depth = affine_terms(matrix[:, 2:], size).clamp(min=HORIZON)
        # Without gradients the division is done in place, which saves a copy of the grid.
        grid = flat / depth if flat.requires_grad else flat.div_(depth)
        return grid.permute(0, 2, 3, 1)

    def points(
        self, theta: Float[Tensor, "b 8"], xy: Float[Tensor, "b n 2"]
    ) -> Float[Tensor, "b n 2"]:
        matrix = self.matrix(theta)
        with full_precision(theta):
            terms = xy @ matrix[:, :, :2].mT + matrix[:, None, :, 2]
        return terms[:, :, :2] / terms[:, :, 2:].clamp(min=HORIZON)

    def compose(
        self, outer: Float[Tensor, "b 8"], inner: Float[Tensor, "b 8"]
    ) -> Float[Tensor, "b 8"]:
        with full_precision(outer):
            composed = self.matrix(outer) @ self.matrix(inner)
        # The image centre may come to lie on the horizon: limit its depth to the smallest allowed.
        depth = composed[:, 2:, 2:]
        least = torch.full_like(depth, HORIZON)
        least = torch.where(depth < 0, -least, least)
        depth = torch.where(depth.abs() < HORIZON, least, depth)
        return (composed / depth).flatten(1)[:, :8]

    def inverse(self, theta: Float[Tensor, "b 8"]) -> Float[Tensor, "b 8"]:
        return inverse_matrix(self.matrix(theta)).flatten(1)[:, :8]

    def measure(self, theta: Float[Tensor, "b 8"], aspect: float | None = None) -> Pose:
        """The pose at the window's centre, the two tilts, and the smallest depth in the output."""
        matrix = self.matrix(theta)
        shift, tilt = matrix[:, :2, 2], matrix[:, 2, :2]
        # d(xy / w) at the centre, where w = 1: the linear part minus shift times tilt.
        centre = matrix[:, :2, :2] - shift[:, :, None] * tilt[:, None, :]
        return {
            **decompose(centre, self.aspect if aspect is None else aspect),
            "shift_x": shift[:, 0],
            "shift_y": shift[:, 1],
            "tilt_x": tilt[:, 0],
            "tilt_y": tilt[:, 1],
            "depth": 1 - tilt.abs().sum(dim=1),
        }


def as_projective(transform: Transform, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b 8"]:
    """Theta of the same maps in the projective family.

    Args:
        transform: the family of ``theta``.
        theta: of maps that have a matrix form.

    Raises:
        ValueError: maps of this family have no matrix form.
    """
    matrix = transform.matrix(theta)
    if matrix is None:
        raise ValueError(f"{transform.title} is no matrix: choose affine or projective.")
    return (matrix / matrix[:, 2:, 2:]).flatten(1)[:, :8]


def from_corners(
    target: Float[Tensor, "b 4 2"], source: Float[Tensor, "b 4 2"]
) -> Float[Tensor, "b 8"]:
    """Theta of the map that sends four ``target`` points to four ``source`` points.

    The direct linear transform: x' (g x + h y + 1) = a x + b y + s, likewise for y'.
    If three target points are collinear, the map is undetermined; the least-norm solution,
    which is finite, is then returned, or NaN in a recorded graph.
    """
    if is_recorded():  # the same numbers by fewer operations, which nothing can be raised from
        into, out = (_frame(points.double()) for points in (source, target))
        return inverse_matrix(out @ inverse_matrix(into)).flatten(1)[:, :8].to(target.dtype)
    x, y = target.unbind(dim=-1)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    equations = []
    for along, row in ((source[..., 0], 0), (source[..., 1], 1)):
        linear = [x, y, one, zero, zero, zero] if row == 0 else [zero, zero, zero, x, y, one]
        equations.append(torch.stack([*linear, -along * x, -along * y], dim=-1))
    wanted = torch.cat([source[..., 0], source[..., 1]], dim=1)
    return solve(torch.cat(equations, dim=1), wanted[..., None])[..., 0]


def _frame(points: Float[Tensor, "b 4 2"]) -> Float[Tensor, "b 3 3"]:
    """The matrix that sends the basis vectors to three points and their sum to the fourth.

    After Heckbert 1989, Fundamentals of Texture Mapping and Image Warping, section 2.2.3.
    """
    matrix = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1).mT
    three, fourth = matrix[..., :3], matrix[..., 3:]
    return three * (inverse_matrix(three) @ fourth).mT


def corners(
    batch: int, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "b 4 2"]:
    """The image's corners: top left, top right, bottom right, bottom left."""
    square = base_grid((2, 2), device=device, dtype=dtype) * 2
    around = torch.stack([square[0, 0], square[0, 1], square[1, 1], square[1, 0]])
    return around.expand(batch, 4, 2)
