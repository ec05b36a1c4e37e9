"""Small systems, as they are solved while a graph is recorded."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.transforms import matrix, projective, thin_plate_spline
from stnviz.transforms.linear_systems import eliminate, solve
from stnviz.transforms.matrix import inverse_matrix
from stnviz.transforms.projective import corners, from_corners
from stnviz.transforms.thin_plate_spline import control_points, fit_splines, radial


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a graph were recorded: no branch on numbers, no LAPACK."""
    for module in (matrix, projective, thin_plate_spline):
        monkeypatch.setattr(module, "is_recorded", lambda: True)


@pytest.mark.oracle
@pytest.mark.parametrize("size", [1, 2, 8, 19])
def test_elimination_solves_what_lapack_solves(size: int) -> None:
    half = torch.randn(5, size, size, dtype=torch.float64)
    system = half @ half.mT + torch.eye(size)
    wanted = torch.randn(5, size, 3, dtype=torch.float64)
    exact = torch.linalg.solve(system, wanted)
    for found in (eliminate(system, wanted), solve(system, wanted)):
        torch.testing.assert_close(found, exact, rtol=1e-8, atol=1e-8)


@pytest.mark.oracle
@pytest.mark.parametrize(("reach", "close"), [(0.1, 1e-5), (0.3, 1e-4), (0.6, 1e-3)])
def test_splines_are_the_same_while_recorded(
    reach: float, close: float, request: pytest.FixtureRequest
) -> None:
    rest = control_points(4).expand(2000, -1, 2)
    moved = (reach * torch.randn(2000, 16, 2)).clamp(-0.6, 0.6)
    xy = control_points(5).expand(2000, -1, 2)
    wanted = spline_points(rest + moved, fit_splines(rest + moved, rest), xy)
    request.getfixturevalue("recorded")
    found = spline_points(rest + moved, fit_splines(rest + moved, rest), xy)
    torch.testing.assert_close(found, wanted, rtol=close, atol=close)


def spline_points(centres: Tensor, weights: Tensor, xy: Tensor) -> Tensor:
    """The points that splines map ``xy`` to, in float64."""
    linear = torch.cat([torch.ones_like(xy[..., :1]), xy], dim=-1)
    basis = torch.cat([radial(xy, centres), linear], dim=-1).double()
    return basis @ weights.double()


@pytest.mark.oracle
def test_corners_are_the_same_while_recorded(request: pytest.FixtureRequest) -> None:
    quads = corners(20) + 0.2 * torch.randn(20, 4, 2)
    theta = from_corners(quads, corners(20))
    request.getfixturevalue("recorded")
    torch.testing.assert_close(from_corners(quads, corners(20)), theta, rtol=1e-5, atol=1e-6)


@pytest.mark.feature
def test_coinciding_centres_give_finite_weights_while_recorded(recorded: None) -> None:
    centres = control_points(4)[None].clone()
    centres[:, 3] = centres[:, 2]
    assert fit_splines(centres, control_points(4)[None]).isfinite().all()
    assert fit_splines(torch.zeros(1, 16, 2), control_points(4)[None]).isfinite().all()


@pytest.mark.oracle
def test_an_inverse_matrix_is_lapacks(recorded: None) -> None:
    given = torch.eye(3) + 0.3 * torch.randn(50, 3, 3)
    wanted = torch.linalg.inv(given.double())
    wanted = wanted / wanted[:, 2:, 2:]
    sound = wanted.abs().amax(dim=(1, 2)) < 100
    torch.testing.assert_close(
        inverse_matrix(given)[sound].double(), wanted[sound], rtol=1e-3, atol=1e-4
    )


@pytest.mark.feature
def test_a_matrix_without_an_inverse_gives_nan_for_its_own_row(recorded: None) -> None:
    given: Tensor = torch.stack([torch.eye(3), torch.zeros(3, 3)])
    found = inverse_matrix(given)
    assert torch.equal(found[0], torch.eye(3))
    assert found[1].isnan().all()
