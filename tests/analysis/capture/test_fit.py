"""Theta is found from the grid alone, for every transform and in both conventions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.analysis.capture.fit import fit_theta, theta_gradient
from stnviz.analysis.grid_geometry import centres
from stnviz.transforms import TRANSFORMS, create_transform
from stnviz.transforms.thin_plate_spline import evaluate_splines, fit_splines

SIZE, INPUT = (12, 20), (18, 24)
ASPECT = INPUT[1] / INPUT[0]
SIMPLER = {"attention": "similarity"}
"""An upright window is a similarity that does not turn."""


def grids(name: str, *, align_corners: bool) -> tuple[Tensor, Tensor]:
    """Random theta near the identity, and the grids that the transform makes of it."""
    transform = create_transform(name, aspect=ASPECT)
    theta = transform.identity() + 0.1 * torch.randn(5, transform.size)
    points = centres(SIZE, align_corners=align_corners).float().expand(5, -1, -1)
    return theta, transform.points(theta, points).unflatten(1, SIZE)


@pytest.mark.law
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("name", TRANSFORMS.names())
def test_theta_is_that_of_the_simplest_transform_that_made_the_grid(
    name: str, align_corners: bool
) -> None:
    theta, grid = grids(name, align_corners=align_corners)
    fit = fit_theta(grid, INPUT, align_corners=align_corners)
    assert fit.transform == SIMPLER.get(name, name)
    assert float(fit.residual.max()) < 0.01
    assert fit.smooth
    if name not in SIMPLER:
        torch.testing.assert_close(fit.theta, theta, atol=2e-3, rtol=2e-3)


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
def test_the_gradient_of_theta_is_that_of_autograd(name: str) -> None:
    transform = create_transform(name, aspect=ASPECT)
    theta = (transform.identity() + 0.1 * torch.randn(3, transform.size)).requires_grad_()
    grid = transform.grid(theta, SIZE)
    downstream = torch.randn_like(grid)
    (wanted,) = torch.autograd.grad(grid, theta, downstream)
    found = theta_gradient(name, theta.detach(), downstream, INPUT, align_corners=False)
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.feature
def test_a_spline_with_other_control_points_is_smooth_and_of_no_known_family() -> None:
    line = torch.linspace(-0.9, 0.9, 10)
    fiducials = torch.cat([torch.stack([line, torch.full_like(line, y)], 1) for y in (-0.9, 0.9)])
    moved = fiducials.expand(4, -1, -1) + 0.15 * torch.randn(4, 20, 2).cumsum(1) / 3
    points = centres((32, 64), align_corners=True).float()
    rest = fiducials.expand(4, -1, -1)
    grid = evaluate_splines(rest, fit_splines(rest, moved), points).unflatten(1, (32, 64))
    fit = fit_theta(grid, (32, 64), align_corners=True)
    assert fit.transform == ""
    assert fit.smooth
    assert fit.theta.shape == (4, 6)


@pytest.mark.feature
def test_noise_is_not_smooth() -> None:
    _, grid = grids("affine", align_corners=False)
    fit = fit_theta(grid + 0.1 * torch.randn_like(grid), INPUT, align_corners=False)
    assert (fit.transform, fit.smooth) == ("", False)
    # The noise has 0.1 * sqrt(12^2 + 9^2) = 1.5 pixels.
    assert float(fit.residual.mean()) == pytest.approx(1.5, rel=0.1)


@pytest.mark.feature
def test_a_grid_that_is_not_finite_leaves_the_others_their_theta() -> None:
    theta, grid = grids("affine", align_corners=False)
    grid[2, 0, 0, 0] = torch.nan
    fit = fit_theta(grid, INPUT, align_corners=False)
    assert fit.transform == "affine"
    assert fit.theta[2].isnan().any()
    keep = [0, 1, 3, 4]
    torch.testing.assert_close(fit.theta[keep], theta[keep], atol=1e-4, rtol=1e-4)


@pytest.mark.feature
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_rounding_of_a_half_precision_grid_is_no_deformation(dtype: torch.dtype) -> None:
    _, grid = grids("similarity", align_corners=False)
    epsilon = torch.finfo(dtype).eps
    rounded = grid.to(dtype).float()
    assert fit_theta(rounded, INPUT, align_corners=False, epsilon=epsilon).transform == "similarity"


@pytest.mark.feature
def test_nothing_finite_is_no_error() -> None:
    fit = fit_theta(torch.full((2, 4, 4, 2), torch.nan), (4, 4), align_corners=False)
    assert bool(fit.residual.isnan().all())


@pytest.mark.feature
def test_a_window_far_outside_is_a_transform_still() -> None:
    _, grid = grids("affine", align_corners=False)
    fit = fit_theta(grid + 3e6, INPUT, align_corners=False)
    assert fit.transform in ("translation", "similarity", "affine")
