"""The affine transform of volumes (Jaderberg et al. 2015, appendix A.3)."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import full_precision, is_recorded
from stnviz.records import Parameter
from stnviz.shapes import Float
from stnviz.transforms.contract import NotInvertible, Pose, register
from stnviz.transforms.matrix import SMALLEST_DETERMINANT, AffineFamily, cannot_invert

AXES = "xyz"

_WAYS = {"x": "right", "y": "down", "z": "away from the viewer"}


def _row(axis: str) -> tuple[Parameter, ...]:
    """One row of the matrix: where the input point lies along ``axis``."""
    linear = (
        Parameter(
            f"{axis}{of}", float(axis == of), -2.0, 2.0, "",
            f"{axis} of the input for each {of} of the output.",
        )
        for of in AXES
    )  # fmt: skip
    shift = f"Moves the window {_WAYS[axis]}, in half volumes."
    return *linear, Parameter(f"shift_{axis}", 0.0, -1.0, 1.0, "half", shift)


@register
class VolumetricAffine(AffineFamily):
    """Twelve parameters: a 3 x 4 matrix, row by row; (x, y, z, 1) to (x, y, z).

    Angles and scales are read as in a cube: (x, y, z) are measured in half volumes.
    """

    dimensions = 3
    name, title = "affine-3d", "Affine, in volumes"
    source = "Jaderberg et al. 2015, appendix A.3"
    parameters = (*_row("x"), *_row("y"), *_row("z"))

    def __init__(self) -> None:
        super().__init__()

    def rows(self, theta: Float[Tensor, "b 12"]) -> Float[Tensor, "b 3 4"]:
        return theta.unflatten(1, (3, 4))

    def from_rows(self, rows: Float[Tensor, "b 3 4"]) -> Float[Tensor, "b 12"]:
        return rows.flatten(1)

    def inverse(self, theta: Float[Tensor, "b 12"]) -> Float[Tensor, "b 12"]:
        self.check(theta)
        rows = self.rows(theta)
        linear, shift = rows[:, :, :3], rows[:, :, 3:]
        adjugate = torch.stack(
            [torch.linalg.cross(linear[:, k - 2], linear[:, k - 1]) for k in range(3)], dim=2
        )
        determinant = (linear[:, 0] * adjugate[:, :, 0]).sum(dim=1)
        singular = determinant.abs() < SMALLEST_DETERMINANT
        if is_recorded():
            determinant = torch.where(singular, torch.nan, determinant)
        elif bool(singular.any()):
            raise NotInvertible(cannot_invert(singular, "squeezes the volume onto a plane"))
        back = adjugate / determinant[:, None, None]
        with full_precision(theta):
            return torch.cat([back, -back @ shift], dim=2).flatten(1)

    def measure(self, theta: Float[Tensor, "b 12"], aspect: float | None = None) -> Pose:
        """Turns about the three axes, scales along the window's own axes, shifts, and the volume.

        The linear part is rotation * triangle, and the rotation turns about x first, then about y,
        then about z. ``scale_z`` is negative where the map mirrors.
        """
        rows = self.rows(theta)
        rotation, scales = orthogonalise(rows[:, :, :3])
        return {
            "x_angle": torch.atan2(rotation[:, 2, 1], rotation[:, 2, 2]),
            "y_angle": torch.asin((-rotation[:, 2, 0]).clamp(-1, 1)),
            "z_angle": torch.atan2(rotation[:, 1, 0], rotation[:, 0, 0]),
            **{f"scale_{axis}": scales[:, k] for k, axis in enumerate(AXES)},
            **{f"shift_{axis}": rows[:, k, 3] for k, axis in enumerate(AXES)},
            "volume": scales.prod(dim=1),
        }


def orthogonalise(
    linear: Float[Tensor, "b 3 3"],
) -> tuple[Float[Tensor, "b 3 3"], Float[Tensor, "b 3"]]:
    """Decompose matrices as rotation * triangle: the rotations, and the triangles' diagonals.

    The first two entries of a diagonal are not negative. A flat matrix has a rotation, too.
    """
    axes, triangle = torch.linalg.qr(linear)
    signs = torch.where(triangle.diagonal(dim1=1, dim2=2) < 0, -1.0, 1.0)
    first, second, _ = (axes * signs[:, None]).unbind(dim=2)
    rotation = torch.stack([first, second, torch.linalg.cross(first, second)], dim=2)
    return rotation, (rotation * linear).sum(dim=1)
