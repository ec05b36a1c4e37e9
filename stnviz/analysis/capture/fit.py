"""Theta of a grid that only the model itself knows how it made: the simplest transform that fits.

Least squares, in float64, over the convention in which the sampler reads the grid. Families are
tried from the fewest parameters to the most: translation, similarity, affine, projective, and then
thin-plate splines, which are linear in their control points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

from stnviz.analysis.grid_geometry import affine_part, centres
from stnviz.coordinates import Size
from stnviz.transforms import Similarity, ThinPlateSpline, create_transform

TOLERANCE = 0.02
"""A family fits if its grids are this close to those of all images, in input pixels."""

MOST_POINTS = 1024
"""Points of a grid that a fit looks at; the residual is that of all points."""

SPLINE_SIDES = (3, 4, 5, 6)

SMOOTH = 0.12
"""A grid is smooth if its second differences are at most this share of its deformation.

Splines with twenty control points have 0.06 to 0.1 over 32 x 64 pixels, noise blurred over 7 pixels
0.16, and noise 0.6 and more.
"""


@dataclass(frozen=True)
class Fit:
    """The transform that explains a grid.

    Args:
        transform: its registered name, ``affine-3d`` for volumes; empty if none fits: theta is then
            the affine part, row by row.
        theta: (B, P).
        residual: (B,) root mean square distance to the grid, in input pixels.
        smooth: whether the grid is smooth even if no transform fits, as a spline with other control
            points is.
    """

    transform: str
    theta: Tensor
    residual: Tensor
    smooth: bool


def fit_theta(
    grid: Tensor, input_size: tuple[int, ...], *, align_corners: bool, epsilon: float = 0.0
) -> Fit:
    """Find the simplest transform that explains the grids of a batch.

    Args:
        grid: (B, h, w, 2) or (B, d, h, w, 3).
        input_size: (H, W) or (D, H, W) of the input.
        align_corners: the sampler's convention.
        epsilon: rounding error of the grid's own dtype at 1.
    """
    size = tuple(grid.shape[1:-1])
    extent = torch.tensor([float(one) for one in reversed(input_size)], dtype=torch.float64)
    pixels = (extent - 1 if align_corners else extent) / 2
    points, places = centres(size, align_corners=align_corners), grid.double().flatten(1, -2)
    # What lies far outside is rounded by more, and so is what has fewer digits.
    reach = (places.abs() * pixels).flatten(1).amax(1).nan_to_num(0).clamp(min=float(extent.max()))
    tolerance = TOLERANCE + (2e-6 + epsilon) * reach
    rows = affine_part(places, points)
    residual = _rms(points @ rows[:, :, :-1].mT + rows[:, :, -1][:, None] - places, pixels)
    flat = rows.flatten(1).to(grid.dtype)
    finite = residual.isfinite()
    if not bool(finite.any()) or bool((residual[finite] <= tolerance[finite]).all()):
        name, theta = _simplest(rows, input_size, pixels, tolerance)
        return Fit(name, theta.to(grid.dtype), residual, True)
    if grid.shape[-1] == 3:
        return Fit("", flat, residual, _is_smooth(grid, residual, pixels))
    theta, left = _projective(points, places, pixels)
    if bool((left[finite] <= tolerance[finite]).all()):
        return Fit("projective", theta.to(grid.dtype), left, True)
    for side in SPLINE_SIDES:
        if prod(size) > 4 * side**2:
            theta, left = _spline(side, size, places, pixels, align_corners=align_corners)
            if bool((left[finite] <= tolerance[finite]).all()):
                return Fit("thin-plate-spline", theta.to(grid.dtype), left, True)
    return Fit("", flat, residual, _is_smooth(grid, residual, pixels))


def _rms(distance: Tensor, pixels: Tensor) -> Tensor:
    """(B,) root mean square length of (B, n, d) distances, in pixels."""
    return (distance * pixels).square().sum(-1).mean(-1).sqrt()


def _few(points: Tensor) -> Tensor:
    """Indices of at most ``MOST_POINTS`` points, spread over all."""
    count = len(points)
    return torch.linspace(0, count - 1, min(count, MOST_POINTS)).round().long().unique()


def _simplest(
    rows: Tensor, input_size: tuple[int, ...], pixels: Tensor, tolerance: Tensor
) -> tuple[str, Tensor]:
    """The smallest of the affine families that holds all these maps.

    Args:
        rows: (B, d, d + 1).
        input_size: of the input.
        pixels: (d,) pixels of half an extent.
        tolerance: (B,) in pixels.
    """
    if rows.shape[1] == 3:
        return "affine-3d", rows.flatten(1)
    height, width = input_size
    finite = rows.isfinite().flatten(1).all(dim=1)

    def holds(linear: Tensor) -> bool:
        off = (linear - rows[:, :, :2]) * pixels[:, None]
        return bool((off.abs() <= tolerance[:, None, None])[finite].all())

    if holds(torch.eye(2, dtype=rows.dtype)):
        return "translation", rows[:, :, 2]
    similarity = Similarity(aspect=width / height)
    theta = similarity.from_rows(rows)
    if holds(similarity.rows(theta)[:, :, :2]):
        return "similarity", theta
    return "affine", rows.flatten(1)


def _projective(points: Tensor, places: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 8) closest homographies by the direct linear transform, and their residual."""
    some = _few(points)
    (x, y), (u, v) = points[some].T, places[:, some].unbind(-1)
    one, zero = torch.ones_like(u), torch.zeros_like(u)
    x, y = x.expand_as(u), y.expand_as(u)
    across = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], dim=-1)
    down = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], dim=-1)
    design, wanted = torch.cat([across, down], dim=1), torch.cat([u, v], dim=1)
    usable = design.isfinite().flatten(1).all(dim=1)
    theta = torch.full((len(places), 8), torch.nan, dtype=places.dtype)
    theta[usable] = torch.linalg.lstsq(design[usable], wanted[usable, :, None]).solution[..., 0]
    matrix = torch.cat([theta, torch.ones_like(theta[:, :1])], dim=1).unflatten(1, (3, 3))
    mapped = torch.cat([points, torch.ones_like(points[:, :1])], dim=1) @ matrix.mT
    return theta, _rms(mapped[..., :2] / mapped[..., 2:] - places, pixels)


@lru_cache(maxsize=16)
def _spline_basis(side: int, size: Size, align_corners: bool) -> tuple[Tensor, Tensor]:
    """(n, K) weight of each control point at each pixel, and its pseudo-inverse."""
    unit = torch.zeros(side**2, side**2, 2, dtype=torch.float64)
    unit[:, :, 0] = torch.eye(side**2, dtype=torch.float64)
    points = centres(size, align_corners=align_corners).expand(side**2, -1, -1)
    moved = ThinPlateSpline(side).points(unit.flatten(1), points)
    basis = (moved - points)[..., 0].T
    return basis, torch.linalg.pinv(basis)


def _spline(
    side: int, size: tuple[int, ...], places: Tensor, pixels: Tensor, *, align_corners: bool
) -> tuple[Tensor, Tensor]:
    """(B, 2 * side^2) displacements of the control points, and their residual."""
    basis, inverse = _spline_basis(side, (size[0], size[1]), align_corners)
    moves = places - centres(size, align_corners=align_corners)
    theta = inverse @ moves
    return theta.flatten(1), _rms(basis @ theta - moves, pixels)


def _is_smooth(grid: Tensor, residual: Tensor, pixels: Tensor) -> bool:
    """Whether the deformation of every grid bends little from one pixel to the next."""
    finite = residual.isfinite()
    places = grid[finite].double() * pixels
    bends = [
        places.diff(n=2, dim=axis).square().sum(-1).flatten(1).mean(1)
        for axis in range(1, places.ndim - 1)
        if places.shape[axis] > 2
    ]
    if not bends:
        return False
    bend = torch.stack(bends).mean(0).sqrt()
    return bool((bend <= TOLERANCE + SMOOTH * residual[finite]).all())


def theta_gradient(
    transform: str, theta: Tensor, grid_gradient: Tensor, input_size: tuple[int, ...],
    *, align_corners: bool,
) -> Tensor:  # fmt: skip
    """Derivative of the loss with respect to theta, from that with respect to the grid.

    It follows from the chain rule: dL/dtheta = sum over pixels of dL/dgrid * dgrid/dtheta.
    """
    points = centres(tuple(grid_gradient.shape[1:-1]), align_corners=align_corners)
    gradient = grid_gradient.double().flatten(1, -2)
    if transform in ("", "affine", "affine-3d"):
        design = torch.cat([points, torch.ones_like(points[:, :1])], dim=1)
        return (gradient.mT @ design).flatten(1).to(theta.dtype)
    options = {"side": round((theta.shape[1] / 2) ** 0.5)} if "spline" in transform else {}
    height, width = input_size
    family = create_transform(transform, aspect=width / height, **options)
    with torch.enable_grad():
        leaf = theta.double().detach().requires_grad_()
        mapped = family.points(leaf, points.expand(len(theta), -1, -1))
        (found,) = torch.autograd.grad(mapped, leaf, gradient)
    return found.to(theta.dtype)
