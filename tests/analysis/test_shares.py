"""Whose movements a window follows: exact where it is known, and the same whatever the rounding."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stnviz.analysis.shares import follows

CORNERS = np.array([(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)], np.float64)


def corners(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 1, 8) corners of affine windows (N, 2, 3): of rank six."""
    return np.einsum("nij,kj->nki", matrices, CORNERS).reshape(len(matrices), 1, 8)


@pytest.mark.feature
def test_a_window_that_moves_as_one_digit_follows_it_and_not_the_other() -> None:
    random = np.random.default_rng(0)
    windows = corners(random.normal(size=(2_000, 2, 3)))
    digits = np.stack([windows[:, 0] @ random.normal(size=(8, 3)), random.normal(size=(2_000, 3))])
    ((one, other),) = follows(windows, digits.transpose(1, 0, 2))
    assert one == pytest.approx(1)
    assert other < 0.02


@pytest.mark.feature
def test_rounding_is_no_movement() -> None:
    random = np.random.default_rng(1)
    windows, digits = corners(random.normal(size=(500, 2, 3))), random.normal(size=(500, 2, 3))
    exact = follows(windows, digits)
    for seed in range(3):
        rounded = windows + 1e-7 * np.random.default_rng(seed).normal(size=windows.shape)
        np.testing.assert_allclose(follows(rounded, digits), exact, atol=1e-5)
