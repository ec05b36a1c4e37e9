"""Maps that flatten, fold or fly apart: finite numbers or a stated error, never a silent NaN."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import base_grid, pixel_centres, sample
from stnviz.transforms import (
    TRANSFORMS,
    NotInvertible,
    Projective,
    ThinPlateSpline,
    Transform,
    create_transform,
)
from stnviz.transforms.projective import corners, from_corners
from stnviz.transforms.thin_plate_spline import control_points, evaluate_splines, fit_splines

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())


@pytest.mark.exception
@pytest.mark.parametrize("name", ["similarity", "attention", "affine", "projective"])
def test_what_flattens_the_plane_has_no_inverse(name: str) -> None:
    transform = create_transform(name)
    theta = torch.stack([transform.identity(), torch.zeros(transform.size)])
    with pytest.raises(NotInvertible, match=r"row 1 .* choose another theta"):
        transform.inverse(theta)


def degenerate(transform: Transform) -> Tensor:
    """Nothing, everything at once, far too much, and one number at a time far off."""
    size = transform.size
    rows = [torch.zeros(size), torch.full((size,), 1e4), torch.full((size,), -1e4)]
    rows += [transform.identity() + off * row for row in torch.eye(size) for off in (-2, -1, 2)]
    return torch.stack(rows)


@pytest.mark.law
@every_transform
def test_degenerate_maps_are_finite_and_so_are_their_gradients(name: str) -> None:
    transform = create_transform(name)
    theta = degenerate(transform).requires_grad_()
    grid = transform.grid(theta, (7, 7))
    assert grid.isfinite().all()
    sample(torch.rand(len(theta), 1, 7, 7), grid).sum().backward()
    assert theta.grad is not None
    assert theta.grad.isfinite().all()
    for row in theta.detach():
        assert all(map(math.isfinite, transform.describe(row).values()))


@pytest.mark.law
def test_at_and_behind_the_horizon_only_padding_is_seen() -> None:
    theta = torch.tensor([[1, 0, 0, 0, 1, 0, 4.0, 0]])
    read = sample(torch.ones(1, 1, 4, 4), Projective().grid(theta, (4, 4)))
    depth = 1 + 4 * pixel_centres(4)
    assert depth.tolist() == [-2, 0, 2, 4]
    behind = depth <= 0
    assert read[..., behind].abs().max() == 0
    assert read[..., ~behind].max() == 1


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_pose(name: str, number: float) -> None:
    transform = create_transform(name)
    theta = transform.identity()
    assert transform.pose(theta) == transform.describe(theta)
    theta[-1] = number
    assert transform.pose(theta) is None


@pytest.mark.law
@pytest.mark.parametrize("side", [2, 3, 5])
def test_spline_points_on_a_line_or_on_one_spot_are_finite(side: int) -> None:
    transform, places = ThinPlateSpline(side), control_points(side)
    flat, spot = places * torch.tensor([-1.0, 0.0]), -places
    for moved in (flat, spot):
        theta = moved.flatten()
        assert transform.grid(theta[None], (6, 6)).isfinite().all()
        assert all(map(math.isfinite, transform.describe(theta).values()))
    looks = transform.grid(spot.flatten()[None], (6, 6))
    torch.testing.assert_close(looks, torch.zeros_like(looks), rtol=0, atol=1e-6)


@pytest.mark.law
@pytest.mark.parametrize("fault", ["coincide", "line", "spot"])
def test_degenerate_quadrilaterals_and_centres_are_finite(fault: str) -> None:
    quad, places = corners(1).clone(), control_points(4)[None].clone()
    for points in (quad, places):
        if fault == "coincide":
            points[0, 1] = points[0, 0]
        elif fault == "line":
            points[0, :, 1] = 0
        else:
            points[0] = 0.3
    assert from_corners(quad, corners(1)).isfinite().all()
    assert Projective().grid(from_corners(quad, corners(1)), (8, 8)).isfinite().all()
    xy = base_grid((8, 8)).flatten(0, 1)
    weights = fit_splines(places, control_points(4)[None])
    assert evaluate_splines(places, weights, xy).isfinite().all()
