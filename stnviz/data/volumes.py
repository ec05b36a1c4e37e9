"""Extruded digits, turned in a volume (Jaderberg et al. 2015, appendix A.3).

A digit gets a thickness, like a letter cut from a board, and is turned about three axes. A voxel of
the turned volume is computed from the clean digit itself, so that nothing is interpolated twice.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.coordinates import sample
from stnviz.data.digits import DIGIT
from stnviz.data.distort import by_name
from stnviz.data.distortions import TURNED, Distortion
from stnviz.shapes import Float
from stnviz.transforms import VolumetricAffine

SIDE = TURNED.canvas
"""Voxels along each axis; the ink of a digit stays inside however it is turned."""

THICKNESS = 8
"""Thickness of the digit in voxels."""


def turn_of(values: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3 3"]:
    """The rotation of each digit, from its parameter values: where its points go."""
    named = by_name(TURNED, values)
    return rotation_about(named["x_angle"], named["y_angle"], named["z_angle"])


def rotation_about(
    x: Float[Tensor, " b"], y: Float[Tensor, " b"], z: Float[Tensor, " b"]
) -> Float[Tensor, "b 3 3"]:
    """The rotation by ``x`` radians about the x axis, then ``y`` about y, then ``z`` about z.

    y points down and z away from the viewer, so a positive ``z`` turns clockwise on the screen.
    """
    sines, cosines = (torch.stack([f(x), f(y), f(z)]) for f in (torch.sin, torch.cos))
    (sx, sy, sz), (cx, cy, cz) = sines, cosines
    return torch.stack(
        [
            cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx,
            sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx,
            -sy, cy * sx, cy * cx,
        ],
        dim=1,
    ).unflatten(1, (3, 3))  # fmt: skip


def extrude(
    digits: Float[Tensor, "b 1 28 28"], rotation: Float[Tensor, "b 3 3"]
) -> Float[Tensor, "b 1 d h w"]:
    """Volumes of turned, extruded digits in [0, 1].

    Args:
        digits: clean digits.
        rotation: where the points of each digit go.
    """
    still = rotation.new_zeros(len(rotation), 3, 1)
    inverse = torch.cat([rotation.mT, still], dim=2).flatten(1)
    clean = VolumetricAffine().grid(inverse, (SIDE, SIDE, SIDE))
    plane = clean[..., :2].flatten(1, 2) * (SIDE / DIGIT)
    ink = sample(digits, plane).unflatten(2, (SIDE, SIDE))
    depth = clean[:, None, ..., 2].abs() * (SIDE / 2)
    # Solid up to its faces, which pass half way between two voxels; a turned face is as soft as
    # bilinear sampling makes the rims.
    return ink * (THICKNESS / 2 + 0.5 - depth).clamp(0, 1)


def render_volumes(
    distortion: Distortion,
    clean: Float[Tensor, "b 1 28 28"],
    values: Float[Tensor, "b 3"],
    generator: torch.Generator,
) -> Float[Tensor, "b 1 d h w"]:
    """For :class:`stnviz.data.batches.Batches`: nothing in a volume is random but its turn."""
    return extrude(clean, turn_of(values))
