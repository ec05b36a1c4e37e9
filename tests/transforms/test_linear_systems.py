"""Small systems, as they are solved while a graph is recorded."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.transforms import linear_systems, matrix
from stnviz.transforms.linear_systems import solve
from stnviz.transforms.matrix import inverse_matrix
from stnviz.transforms.projective import corners, from_corners
from stnviz.transforms.thin_plate_spline import control_points, fit_splines


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a graph were recorded: no branch on numbers, no LAPACK."""
    for module in (linear_systems, matrix):
        monkeypatch.setattr(module, "is_recorded", lambda: True)


@pytest.mark.oracle
@pytest.mark.parametrize("size", [1, 2, 8, 19])
def test_elimination_solves_what_lapack_solves(size: int, recorded: None) -> None:
    system = torch.randn(5, size, size)
    system[:, 0, 0] = 0 if size > 1 else 1  # a pivot that must be exchanged
    wanted = torch.randn(5, size, 3)
    exact = torch.linalg.solve(system.double(), wanted.double())
    torch.testing.assert_close(solve(system, wanted).double(), exact, rtol=1e-5, atol=1e-5)


@pytest.mark.oracle
def test_splines_and_corners_are_the_same_while_recorded(request: pytest.FixtureRequest) -> None:
    rest = control_points(4).expand(20, -1, 2)
    centres = rest + 0.1 * torch.randn(20, 16, 2)
    quads = corners(20) + 0.2 * torch.randn(20, 4, 2)
    weights, theta = fit_splines(centres, rest), from_corners(quads, corners(20))
    request.getfixturevalue("recorded")
    torch.testing.assert_close(fit_splines(centres, rest), weights, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(from_corners(quads, corners(20)), theta, rtol=1e-5, atol=1e-6)


@pytest.mark.feature
@pytest.mark.parametrize("fault", ["zero", "twice"])
def test_a_singular_system_gives_finite_numbers_while_recorded(fault: str, recorded: None) -> None:
    system = torch.zeros(1, 4, 4) if fault == "zero" else torch.randn(1, 4, 4)
    system[:, 3] = system[:, 2]
    assert solve(system, torch.randn(1, 4, 2)).isfinite().all()


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
