"""The thin-plate spline: a warp with least bending energy, given by K x K control points.

Bookstein 1989; Jaderberg et al. 2015 use 4 x 4 points. Theta holds the displacement of each
control point in the input (x, y of point 0, then of point 1, ...), row by row from the top
left. The control points in the output are fixed, so the spline's linear system is constant:
it is solved once per size, and a sampling grid is then a single matrix product.
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.coordinates import Extent, base_grid, cell_areas, full_precision, is_recorded
from stnviz.records import Parameter
from stnviz.shapes import Float
from stnviz.transforms.contract import Pose, Transform, register
from stnviz.transforms.linear_systems import eliminate, solve
from stnviz.transforms.matrix import decompose

SMALLEST_SQUARE = 1e-30

DEFINITE = 10.0
"""So much P P^T makes the kernel of sixteen points in the image positive definite."""

TOGETHER = 16
"""Splines whose kernels are computed in one batch."""


def control_points(
    side: int, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "k 2"]:
    """``side`` x ``side`` points on a regular grid from edge to edge, row by row."""
    axis = torch.linspace(-1, 1, side, device=device, dtype=dtype)
    ys, xs = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([xs, ys], dim=-1).flatten(0, 1)


def radial(xy: Float[Tensor, "... n 2"], centres: Float[Tensor, "... k 2"]) -> Tensor:
    """The kernel U(r) = r^2 log r^2 between every point and every centre, 0 at r = 0."""
    # One axis at a time, points innermost and in place: 5 times faster than a sum over
    # the last axis. The clamp handles r = 0, where U and its gradient vanish.
    x, y = xy.transpose(-2, -1).contiguous()[..., None, :, :].unbind(dim=-2)
    squared = (x - centres[..., :, None, 0]).square_()
    squared = squared.add_((y - centres[..., :, None, 1]).square_())
    squared = squared.clamp_(min=SMALLEST_SQUARE)
    return squared.log().mul_(squared).transpose(-2, -1)


def spline_system(centres: Float[Tensor, "... k 2"]) -> Float[Tensor, "... k3 k3"]:
    """Bookstein's matrix [[U, P], [P^T, 0]] of the control points ``centres``."""
    kernel = radial(centres, centres)
    linear = _homogeneous(centres)
    zero = kernel.new_zeros(*kernel.shape[:-2], 3, 3)
    return torch.cat(
        [torch.cat([kernel, linear], dim=-1), torch.cat([linear.mT, zero], dim=-1)], dim=-2
    )


def _homogeneous(xy: Float[Tensor, "... n 2"]) -> Float[Tensor, "... n 3"]:
    return torch.cat([torch.ones_like(xy[..., :1]), xy], dim=-1)


def fit_splines(
    centres: Float[Tensor, "b k 2"], values: Float[Tensor, "b k 2"]
) -> Float[Tensor, "b k3 2"]:
    """Weights of the splines that map each sample's own ``centres`` to its ``values``.

    Unlike the transform below, whose centres are fixed, this solves one system for each
    sample of the batch. Coinciding centres make it singular; the result is then finite.
    """
    wanted = torch.cat([values, values.new_zeros(len(values), 3, 2)], dim=1)
    system = spline_system(centres)
    if is_recorded():
        definite = _with_definite_kernel(system.double())
        return eliminate(definite, wanted.double()).to(values.dtype)
    return solve(system, wanted)


def _with_definite_kernel(system: Float[Tensor, "b k3 k3"]) -> Float[Tensor, "b k3 k3"]:
    """The same system, and the same solution, with a kernel that is positive definite.

    The kernel U is so for weights w with P^T w = 0 alone (Bookstein 1989). As a solution has such
    weights, P P^T w is 0, and any multiple of P P^T may be added to U.
    """
    count = system.shape[1] - 3
    linear = system[:, :count, count:]
    return system + F.pad(DEFINITE * linear @ linear.mT, (0, 3, 0, 3))


def evaluate_splines(
    centres: Float[Tensor, "b k 2"], weights: Float[Tensor, "b k3 2"], xy: Float[Tensor, "n 2"]
) -> Float[Tensor, "b n 2"]:
    """Evaluate fitted splines at ``xy``."""
    bent, flat = weights.mT.split([centres.shape[1], 3], dim=2)
    with full_precision(xy):
        places = flat @ _homogeneous(xy).mT
        # A few splines at a time: the kernels of all of them would not fit into the CPU cache.
        parts = zip(
            places.split(TOGETHER), bent.split(TOGETHER), centres.split(TOGETHER), strict=True
        )
        return torch.cat([torch.baddbmm(f, b, radial(xy, c).mT) for f, b, c in parts]).mT


def splines_with_slopes(
    centres: Float[Tensor, "b k 2"], weights: Float[Tensor, "b k3 2"], xy: Float[Tensor, "b n 2"]
) -> tuple[Float[Tensor, "b n 2"], Float[Tensor, "b n 2"], Float[Tensor, "b n 2"]]:
    """Evaluate fitted splines, and differentiate them, at each sample's own points.

    Returns:
        Points, their derivatives to x, and their derivatives to y.
    """
    bent, flat = weights.split([centres.shape[1], 3], dim=1)
    x = xy[..., :1] - centres.mT[:, :1]
    y = xy[..., 1:] - centres.mT[:, 1:]
    squared = (x * x + y * y).clamp(min=SMALLEST_SQUARE)
    logarithm = squared.log()
    points = (squared * logarithm) @ bent + _homogeneous(xy) @ flat
    # U = s log s with s = r^2, so that dU/dx = 2 (log s + 1) x.
    steep = 2 * (logarithm + 1)
    return points, (steep * x) @ bent + flat[:, 1:2], (steep * y) @ bent + flat[:, 2:]


@lru_cache(maxsize=64)
def _solution(side: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(K + 3, K): spline weights per unit of control-point displacement.

    Computed in float64, and therefore on the CPU: an Apple GPU has no float64.
    """
    # Never create an inference tensor, also under inference_mode: the result is cached and used
    # in training as well.
    with torch.inference_mode(False), torch.no_grad():
        centres = control_points(side, device="cpu", dtype=torch.float64)
        inverse = torch.linalg.inv(spline_system(centres))
        return inverse[:, : len(centres)].to(dtype).to(device)


@lru_cache(maxsize=64)
def _basis(side: int, size: Extent, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(K + 2, H * W): the weight of each control point at each output pixel, then the base grid."""
    with torch.inference_mode(False), torch.no_grad():
        pixels = base_grid(size, device="cpu", dtype=torch.float64).flatten(0, 1)
        solution = _solution(side, pixels.device, pixels.dtype)
        influence = _influence(side, pixels, solution).to(dtype).to(device)
        return _with_pixels(influence, size)


def _with_pixels(influence: Float[Tensor, "n k"], size: Extent) -> Float[Tensor, "k2 n"]:
    here = base_grid(size, device=influence.device, dtype=influence.dtype).flatten(0, 1)
    return torch.cat([influence, here], dim=1).transpose(0, 1).contiguous()


def _influence(
    side: int, xy: Float[Tensor, "... n 2"], solution: Float[Tensor, "k3 k"]
) -> Float[Tensor, "... n k"]:
    centres = control_points(side, device=xy.device, dtype=xy.dtype)
    features = torch.cat([radial(xy, centres), _homogeneous(xy)], dim=-1)
    return features @ solution


@register
class ThinPlateSpline(Transform):
    """Bends the window like a thin steel plate fixed at K x K control points.

    Args:
        side: K, control points along each side, at least 2.
        aspect: width over height of the images.
    """

    name, title = "thin-plate-spline", "Thin-plate spline"
    source = "Jaderberg et al. 2015, section 3.2; Bookstein 1989"
    invertible = False

    def __init__(self, side: int = 4, *, aspect: float = 1.0) -> None:
        super().__init__(aspect=aspect)
        if side < 2:
            raise ValueError(f"A spline needs at least 2 x 2 control points, not {side} x {side}.")
        self.side = side
        # A recorded graph uses it as a constant, since a cached tensor may hold no values there.
        # It is on the CPU even where the network is built on the meta device.
        self._recorded = _solution(side, torch.device("cpu"), torch.float64)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(
                f"{axis}{index}",
                0.0,
                -1.0,
                1.0,
                "half",
                f"How far {where} control point {index} looks, in half images.",
            )
            for index in range(self.side**2)
            for axis, where in (("x", "right of"), ("y", "below"))
        )

    @property
    def size(self) -> int:
        return 2 * self.side**2

    def grid(self, theta: Float[Tensor, "b p"], size: Extent) -> Float[Tensor, "b h w 2"]:
        self.check(theta)
        basis = self._basis(size, theta)
        with full_precision(theta):
            # The base grid is added within the same product, which saves a pass over memory.
            here = torch.eye(2, device=theta.device, dtype=theta.dtype)
            here = here.expand(theta.shape[0], 2, 2)
            numbers = torch.cat([self._moves(theta).transpose(1, 2), here], dim=2)
            places = numbers.flatten(0, 1) @ basis
        return places.view(theta.shape[0], 2, *size).permute(0, 2, 3, 1)

    def points(
        self, theta: Float[Tensor, "b p"], xy: Float[Tensor, "b n 2"]
    ) -> Float[Tensor, "b n 2"]:
        self.check(theta)
        with full_precision(theta):
            return xy + _influence(self.side, xy, self._solution(xy)) @ self._moves(theta)

    def _moves(self, theta: Float[Tensor, "b p"]) -> Float[Tensor, "b k 2"]:
        return theta.unflatten(1, (self.side**2, 2))

    def _solution(self, like: Tensor) -> Tensor:
        if is_recorded():
            return self._recorded.to(device=like.device, dtype=like.dtype)
        return _solution(self.side, like.device, like.dtype)

    def _basis(self, size: Extent, like: Tensor) -> Tensor:
        if not is_recorded():
            return _basis(self.side, size, like.device, like.dtype)
        # In float64, except on an Apple GPU, which has none.
        exact = torch.float32 if like.device.type == "mps" else torch.float64
        pixels = base_grid(size, device=like.device, dtype=exact).flatten(0, 1)
        solution = self._recorded.to(dtype=exact).to(like.device)
        return _with_pixels(_influence(self.side, pixels, solution).to(like.dtype), size)

    def measure(self, theta: Float[Tensor, "b p"], aspect: float | None = None) -> Pose:
        """The nearest affine pose, the spline's deviation from it, and the smallest area.

        ``bend`` is the RMS distance of the control points from that affine map, in halves of the
        image height. ``area`` is the smallest Jacobian determinant over the image; below 0 the
        grid folds.
        """
        aspect = self.aspect if aspect is None else aspect
        centres = control_points(self.side, device=theta.device, dtype=theta.dtype)
        places, columns = centres + self._moves(theta), _homogeneous(centres)
        # Least squares: on a regular grid the columns 1, x and y are orthogonal.
        fit = (columns.mT @ places) / columns.square().sum(dim=0)[:, None]
        apart = (places - columns @ fit) * theta.new_tensor([aspect, 1.0])
        areas = cell_areas(self.grid(theta, (32, 32)))
        return {
            **decompose(fit[:, 1:].mT, aspect),
            "shift_x": fit[:, 0, 0],
            "shift_y": fit[:, 0, 1],
            "bend": apart.square().sum(dim=2).mean(dim=1).sqrt(),
            "area": areas.amin(dim=(1, 2)),
        }
