"""Where a step looks in the image: through one grid, through several, in either convention."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stnviz.records import Step, Trace
from stnviz.records.conventions import conventional_grid
from stnviz.records.sampler_call import SamplerCall
from stnviz.records.windows import chain_of, lattice, look_through, points_in_image

SHRINK = np.array([[0.5, 0, 0.2], [0, 0.5, -0.1]])
TURN = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0.1]])


def grid_of(rows: np.ndarray, size: tuple[int, int], *, align_corners: bool = False) -> np.ndarray:
    theta = torch.from_numpy(rows)[None]
    return F.affine_grid(theta, [1, 1, *size], align_corners=align_corners).numpy()


def step(grid: np.ndarray, given: np.ndarray, output: np.ndarray, **more: object) -> Step:
    return Step("affine", given, np.zeros((1, 6)), grid, output, **more)  # type: ignore[arg-type]


def image(seed: int, size: tuple[int, int] = (6, 8)) -> np.ndarray:
    return np.random.default_rng(seed).random((1, 1, *size))


@pytest.mark.feature
def test_a_grid_of_the_other_convention_is_drawn_at_the_same_pixels() -> None:
    # The same warp in both conventions: the points differ, the pixels that are read do not.
    picture = image(0)
    call = SamplerCall("aten::grid_sampler_2d", align_corners=True)
    other = step(grid_of(TURN, (5, 7), align_corners=True), picture, picture, call=call)
    seen = [
        F.grid_sample(torch.from_numpy(picture), torch.from_numpy(grid), align_corners=corners)
        for grid, corners in ((other.grid, True), (conventional_grid(other), False))
    ]
    torch.testing.assert_close(seen[0], seen[1])
    assert np.abs(conventional_grid(other) - other.grid).max() > 0.05
    ours = step(other.grid, picture, picture)
    assert conventional_grid(ours) is ours.grid


@pytest.mark.feature
def test_steps_that_sample_one_another_are_followed_to_the_image() -> None:
    picture, first, second = image(0), image(1), image(2)
    near = step(grid_of(SHRINK, (6, 8)), picture, first)
    far = step(grid_of(TURN, (6, 8)), first, second, lane=1)  # another call site, in series
    trace = Trace(picture, (near, far), np.zeros((1, 0)))
    assert chain_of(trace, near) == (near,)
    chain = chain_of(trace, far)
    assert [one.lane for one in chain] == [1, 0]
    points = lattice(3)
    turned = points @ TURN[:, :2].T + TURN[:, 2]
    wanted = turned @ SHRINK[:, :2].T + SHRINK[:, 2]
    np.testing.assert_allclose(points_in_image(chain, 0, points), wanted, atol=1e-6)


@pytest.mark.feature
def test_identities_that_copy_each_other_are_no_endless_chain() -> None:
    features = image(3, (4, 4))
    same = np.eye(2, 3)
    steps = tuple(step(grid_of(same, (4, 4)), features, features, lane=lane) for lane in range(3))
    trace = Trace(image(0), steps, np.zeros((1, 0)))
    assert [len(chain_of(trace, one)) for one in steps] == [1, 2, 3]


@pytest.mark.cardinality
def test_a_lattice_goes_row_by_row_from_edge_to_edge() -> None:
    assert lattice(2).tolist() == [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    assert lattice(7).shape == (49, 2)


@pytest.mark.feature
def test_points_that_are_not_finite_stay_so() -> None:
    found = look_through(grid_of(TURN, (4, 4))[0], np.array([[np.nan, 0.0], [0.0, 0.0]]))
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], [0, 0.1], atol=1e-6)
