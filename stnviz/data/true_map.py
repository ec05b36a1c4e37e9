"""The geometry of a distortion: the true map from the distorted image to the clean one.

The parameters of a distortion describe the forward map: the digit is scaled, sheared, rotated and
shifted, then the four corners of the canvas are moved, then its 4 x 4 spline points. Sampling the
distorted image needs the inverse, so the map here is the three inverses, last one first:
distorted -> undo spline -> undo corners -> undo affine -> clean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from stnviz.coordinates import (
    Size,
    affine_terms,
    aspect_of,
    base_grid,
    is_recorded,
    pixel_length_to_unit,
)
from stnviz.shapes import Float
from stnviz.transforms.affine import Affine
from stnviz.transforms.projective import Projective, corners, from_corners
from stnviz.transforms.thin_plate_spline import (
    control_points,
    evaluate_splines,
    fit_splines,
    splines_with_slopes,
)

SPLINE_SIDE = 4
SMALLEST_SCALE = 1e-3
"""Lower bound of the scale: at zero, the map has no inverse."""

NEWTON_STEPS, LONGEST_STEP, FOLDED = 6, 0.3, 1e-2

_AFFINE = Affine()
_PROJECTIVE = Projective()


@dataclass(frozen=True)
class TrueMap:
    """The map from distorted to clean coordinates, both in [-1, 1] on one canvas.

    Args:
        affine: (B, 6) theta that undoes scale, shear, rotation and shift.
        projective: (B, 8) theta that undoes the corner shifts; None where no corner was moved.
        spline: (B, 16, 2) positions of the moved spline points; None where none was moved.
    """

    affine: Tensor
    projective: Tensor | None = None
    spline: Tensor | None = None

    def points(self, xy: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        """Map points of the distorted image to the clean one."""
        if self.spline is not None:
            xy, _, _ = splines_with_slopes(self.spline, self._spline_weights, xy)
        return self._undo_matrices(xy)

    def grid(self, size: int | Size) -> Float[Tensor, "b h w 2"]:
        """The map at every pixel of a canvas, for :func:`stnviz.coordinates.sample`.

        Args:
            size: (height, width) in pixels, or the side of a square.
        """
        size = _both(size)
        if self.spline is not None:
            pixels = base_grid(size, device=self.affine.device).flatten(0, 1)
            undone = evaluate_splines(self.spline, self._spline_weights, pixels)
            return self._undo_matrices(undone).unflatten(1, size)
        if self.projective is None:
            return _AFFINE.grid(self.affine, size)
        return _compose(self.affine, self.projective, size)

    def inverse_points(self, xy: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        """Map points of the clean image to the distorted one.

        The matrices are inverted. The spline has no inverse in closed form: it is inverted by
        Newton's method. Where the map folds, the result is the nearest solution found.
        """
        target = _AFFINE.points(_AFFINE.inverse(self.affine), xy)
        if self.projective is not None:
            target = _PROJECTIVE.points(_PROJECTIVE.inverse(self.projective), target)
        if self.spline is None:
            return target
        found = target
        for _ in range(NEWTON_STEPS):
            here, *slopes = splines_with_slopes(self.spline, self._spline_weights, found)
            found = found + _newton_step(target - here, *slopes)
        return found

    @cached_property
    def _spline_weights(self) -> Tensor:
        """Of the splines from the moved points back to their rest: solved once for a map."""
        assert self.spline is not None
        rest = control_points(SPLINE_SIDE, device=self.spline.device)
        return fit_splines(self.spline, rest.expand(len(self.spline), -1, 2))

    def _undo_matrices(self, xy: Float[Tensor, "b n 2"]) -> Float[Tensor, "b n 2"]:
        if self.projective is not None:
            xy = _PROJECTIVE.points(self.projective, xy)
        return _AFFINE.points(self.affine, xy)


def _newton_step(
    missing: Float[Tensor, "b n 2"], to_x: Float[Tensor, "b n 2"], to_y: Float[Tensor, "b n 2"]
) -> Float[Tensor, "b n 2"]:
    """One Newton step that makes up for what is ``missing``, at most 0.3 along an axis.

    Where the mapping folds, the step is the remaining distance.
    """
    # Slices of one column: taking columns apart and stacking them are operations of a graph.
    (x, y), (a, c), (b, d) = ((one[..., :1], one[..., 1:]) for one in (missing, to_x, to_y))
    determinant = a * d - b * c
    step = torch.cat([d * x - b * y, a * y - c * x], dim=-1) / determinant
    folded = determinant.abs() < FOLDED
    return torch.where(folded, missing, step).clamp(-LONGEST_STEP, LONGEST_STEP)


def _compose(affine: Tensor, projective: Tensor, size: tuple[int, int]) -> Tensor:
    """Sampling grid of affine after projective, with the two matrices multiplied into one."""
    matrix = _AFFINE.matrix(affine) @ _PROJECTIVE.matrix(projective)
    # Not normalised to a last entry of 1, so that the homogeneous depth keeps its sign and zero.
    terms = affine_terms(matrix, size)
    return (terms[:, :2] / terms[:, 2:].clamp(min=1e-4)).permute(0, 2, 3, 1)


def _both(size: int | Size) -> Size:
    return (size, size) if isinstance(size, int) else size


def true_map(
    values: Mapping[str, Float[Tensor, " b"]], size: int | Size, batch: int, device: torch.device
) -> TrueMap:
    """The map that undoes a distortion with these parameter values.

    Args:
        values: parameter name to (B,) values; angles in radians, lengths in pixels of the canvas.
            A missing parameter has no effect.
        size: (height, width) of the canvas in pixels, or the side of a square one. Angles and
            scales hold in pixel space.
        batch: B.
        device: device of the map.
    """
    size = _both(size)
    units = pixel_length_to_unit(1, size[1]), pixel_length_to_unit(1, size[0])

    def value(name: str, default: float = 0.0) -> Tensor:
        column = values.get(name)
        return torch.full((batch,), default, device=device) if column is None else column

    def pulls(name: str, count: int) -> Tensor | None:
        if f"{name}0_x" not in values:
            return None
        columns = [values[f"{name}{index}_{axis}"] for index in range(count) for axis in "xy"]
        pixels = torch.stack(columns, dim=1).unflatten(1, (count, 2))
        pulled = pixels * pixels.new_tensor(units)
        # A graph is recorded for all values: there, no step can be left out.
        return pulled if is_recorded() or bool((pulled != 0).any()) else None

    projective = spline = None
    if (pulled := pulls("corner", 4)) is not None:
        rest = corners(batch, device=device)
        projective = from_corners(rest + pulled, rest)
    if (pulled := pulls("spline", SPLINE_SIDE**2)) is not None:
        spline = control_points(SPLINE_SIDE, device=device) + pulled
    return TrueMap(_undo_affine(value, units, aspect_of(size)), projective, spline)


def _undo_affine(
    value: Callable[..., Tensor], units: tuple[float, float], aspect: float
) -> Float[Tensor, "b 6"]:
    """Affine theta of (shift * rotation * shear * scale)^-1, each defined in pixel space."""
    scale = value("scale", 1.0)
    scale_x = (scale * value("scale_x", 1.0)).clamp(min=SMALLEST_SCALE)
    scale_y = (scale * value("scale_y", 1.0)).clamp(min=SMALLEST_SCALE)
    cos, sin, shear = value("angle").cos(), value("angle").sin(), value("shear")
    shift_x, shift_y = value("shift_x") * units[0], value("shift_y") * units[1]
    # rotation^-1, then shear^-1 ([[1, -k], [0, 1]]), then scale^-1
    a, b = (cos + shear * sin) / scale_x, (sin - shear * cos) / scale_x / aspect
    c, d = -sin / scale_y * aspect, cos / scale_y
    return torch.stack(
        [a, b, -(a * shift_x + b * shift_y), c, d, -(c * shift_x + d * shift_y)], dim=1
    )
