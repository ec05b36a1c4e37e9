"""Distortions of canvases that are not square: turns and scales are those of pixels."""

from __future__ import annotations

import math

import pytest
import torch

from stnviz.coordinates import Size, base_grid
from stnviz.data.true_map import true_map

CPU = torch.device("cpu")
SIZE: Size = (24, 96)


def values(**numbers: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor([number]) for name, number in numbers.items()}


@pytest.mark.feature
def test_a_turned_scaled_and_moved_picture_is_not_sheared() -> None:
    told = values(angle=math.pi / 6, scale=0.5, shift_x=12.0, shift_y=-3.0)
    places = true_map(told, SIZE, 1, CPU).grid(SIZE)[0] * torch.tensor([96, 24]) / 2
    right, down = places[0, 1] - places[0, 0], places[1, 0] - places[0, 0]
    assert right.norm() == pytest.approx(2, abs=1e-4)
    assert down.norm() == pytest.approx(2, abs=1e-4)
    assert float(right @ down) == pytest.approx(0, abs=1e-4)
    # What was turned clockwise by 30 degrees is turned back by 30 degrees.
    assert math.degrees(math.atan2(right[1], right[0])) == pytest.approx(-30, abs=1e-3)


@pytest.mark.feature
def test_pixels_are_moved_by_pixels_along_both_axes() -> None:
    moved = true_map(values(shift_x=12.0, shift_y=-3.0), SIZE, 1, CPU).grid(SIZE)[0]
    apart = (moved - base_grid(SIZE)) * torch.tensor([96, 24]) / 2
    torch.testing.assert_close(apart, torch.tensor([-12.0, 3.0]).expand_as(apart))


@pytest.mark.feature
def test_corners_and_spline_points_are_pulled_by_pixels() -> None:
    for name, count, corner in (("corner", 4, (-1.0, -1.0)), ("spline", 16, (-1.0, -1.0))):
        pulls = {f"{name}{i}_{axis}": 0.0 for i in range(count) for axis in "xy"}
        pulls |= {f"{name}0_x": 2.0, f"{name}0_y": 1.0}
        at = torch.tensor(corner) + torch.tensor([2.0 * 2 / 96, 1.0 * 2 / 24])
        clean = true_map(values(**pulls), SIZE, 1, CPU).points(at[None, None])
        torch.testing.assert_close(clean[0, 0], torch.tensor(corner), rtol=0, atol=1e-4)


@pytest.mark.law
def test_a_side_is_a_square() -> None:
    told = values(angle=0.4, scale=1.2, shift_x=3.0, corner0_x=1.0)
    told |= values(**{f"corner{i}_{axis}": 1.0 for i in range(4) for axis in "xy"})
    one, other = true_map(told, 28, 1, CPU), true_map(told, (28, 28), 1, CPU)
    assert torch.equal(one.grid(28), other.grid((28, 28)))
