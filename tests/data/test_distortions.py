"""Laws that every registered distortion keeps, and the true way back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import base_grid, pixel_length_to_unit, sample
from stnviz.data.digits import DIGIT
from stnviz.data.distort import Distorted, by_name, distort, draw_values, neutral_values
from stnviz.data.distortions import DISTORTIONS, Distortion
from stnviz.transforms.projective import corners
from stnviz.transforms.thin_plate_spline import control_points
from tests.data.making import moved, seeded

every_distortion = pytest.mark.parametrize("name", DISTORTIONS.names())


def geometry_only(distortion: Distortion, values: Tensor) -> Tensor:
    """The same values without clutter and noise."""
    values = values.clone()
    for name, column in by_name(distortion, values).items():
        if name in ("clutter", "noise"):
            column.zero_()
    return values


def drawn(distortion: Distortion, digits: Tensor, seed: int = 0) -> tuple[Tensor, Distorted]:
    values = geometry_only(distortion, draw_values(distortion, len(digits), seeded(seed)))
    return values, distort(distortion, digits, values, seeded(seed))


def on_canvas(digits: Tensor, side: int) -> Tensor:
    """The clean digits in the middle of a canvas."""
    margin = (side - DIGIT) // 2
    return torch.nn.functional.pad(digits, (margin,) * 4)


@pytest.mark.law
@every_distortion
def test_one_seed_gives_one_set_of_pictures(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)

    def pictures(seed: int) -> Tensor:
        generator = seeded(seed)
        values = draw_values(distortion, len(digits), generator)
        return distort(distortion, digits, values, generator).images

    assert torch.equal(pictures(3), pictures(3))
    if name != "free":  # at rest in training: nothing to draw
        assert not torch.equal(pictures(3), pictures(4))


@pytest.mark.cardinality
@every_distortion
def test_pictures_fill_the_canvas_and_stay_between_black_and_white(
    name: str, digits: Tensor
) -> None:
    distortion = DISTORTIONS.get(name)
    images = distort(distortion, digits, draw_values(distortion, 24, seeded()), seeded()).images
    assert images.shape == (24, 1, distortion.canvas, distortion.canvas)
    assert 0 <= images.min() < images.max() <= 1


@pytest.mark.law
@every_distortion
def test_at_rest_the_clean_digit_stands_in_the_middle(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    result = distort(distortion, digits, neutral_values(distortion, 24), seeded())
    side = distortion.canvas
    torch.testing.assert_close(result.images, on_canvas(digits, side), rtol=0, atol=4e-6)
    assert torch.equal(result.clean.grid(side)[0], base_grid((side, side)))


@pytest.mark.law
@every_distortion
def test_training_draws_what_it_says(name: str) -> None:
    distortion = DISTORTIONS.get(name)
    values = by_name(distortion, draw_values(distortion, 2000, seeded()))
    for control in distortion.controls:
        low, high = distortion.trained[control.parameter.name]
        column = values[control.parameter.name]
        if control.law.sigma:
            assert float(column.std()) == pytest.approx(control.law.sigma, rel=0.1)
            assert abs(float(column.mean())) < 0.1 * control.law.sigma
        else:
            assert low <= column.min()
            assert column.max() <= high
            assert float(column.mean()) == pytest.approx((low + high) / 2, abs=0.05 * (high - low))


@pytest.mark.cardinality
@every_distortion
def test_parameters_rest_inside_their_range(name: str) -> None:
    distortion = DISTORTIONS.get(name)
    names = [parameter.name for parameter in distortion.parameters]
    assert len(names) == len(set(names)) == neutral_values(distortion).shape[1]
    for parameter in distortion.parameters:
        assert parameter.low <= parameter.default <= parameter.high


@pytest.mark.law
@every_distortion
def test_the_true_map_leads_back_to_the_clean_digit(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    _, result = drawn(distortion, digits)
    read = sample(on_canvas(digits, distortion.canvas), result.clean.grid(distortion.canvas))
    # Read from the padded digit rather than the digit, rounding differs and nothing else.
    torch.testing.assert_close(result.images, read, rtol=0, atol=1e-4)


@pytest.mark.law
@every_distortion
def test_the_true_map_of_points_is_that_of_the_grid(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    _, result = drawn(distortion, digits)
    side = distortion.canvas
    pixels = base_grid((side, side)).flatten(0, 1).expand(24, -1, 2)
    points, grid = result.clean.points(pixels), result.clean.grid(side).flatten(1, 2)
    near = grid.abs().amax(dim=-1) < 10  # far away, beyond any picture, both only grow
    assert near.float().mean() > 0.9
    torch.testing.assert_close(points[near], grid[near], rtol=1e-4, atol=1e-4)


@pytest.mark.law
@every_distortion
def test_the_way_there_undoes_the_way_back(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    values = neutral_values(distortion, 24) + 0.4 * (
        geometry_only(distortion, draw_values(distortion, 24, seeded()))
        - neutral_values(distortion, 24)
    )
    clean = distort(distortion, digits, values, seeded()).clean
    spots = torch.rand(24, 7, 2) - 0.5
    there = clean.inverse_points(spots)
    torch.testing.assert_close(clean.points(there), spots, rtol=0, atol=1e-3)


@pytest.mark.feature
@pytest.mark.parametrize(
    ("name", "value", "spot"),
    [
        ("angle", torch.pi / 2, (0.0, 0.5)),  # clockwise: the right goes down
        ("scale_x", 1.5, (0.75, 0.0)),
        ("shift_x", 7.0, (1.0, 0.0)),
        ("shift_y", -7.0, (0.5, -0.5)),
    ],
)
def test_content_goes_where_the_value_says(
    name: str, value: float, spot: tuple[float, float], digits: Tensor
) -> None:
    distortion = DISTORTIONS.get("free")
    clean = distort(distortion, digits[:1], moved(distortion, 1, **{name: value}), seeded()).clean
    came_from = clean.points(torch.tensor([[spot]]))
    torch.testing.assert_close(came_from, torch.tensor([[[0.5, 0.0]]]), rtol=0, atol=1e-5)


@pytest.mark.feature
def test_a_shear_slants_what_lies_below_to_the_right(digits: Tensor) -> None:
    distortion = DISTORTIONS.get("free")
    clean = distort(distortion, digits[:1], moved(distortion, 1, shear=0.5), seeded()).clean
    came_from = clean.points(torch.tensor([[[0.25, 0.5]]]))
    torch.testing.assert_close(came_from, torch.tensor([[[0.0, 0.5]]]))


@pytest.mark.feature
@pytest.mark.parametrize("name", ["mnist-p", "free"])
@pytest.mark.parametrize("corner", range(4))
def test_a_pulled_corner_takes_its_content_along(name: str, corner: int, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    pull = {f"corner{corner}_x": 3.0, f"corner{corner}_y": -2.0}
    clean = distort(distortion, digits[:1], moved(distortion, 1, **pull), seeded()).clean
    home = corners(1)
    now = home.clone()
    now[0, corner] += torch.tensor([3.0, -2.0]) * pixel_length_to_unit(1, distortion.canvas)
    torch.testing.assert_close(clean.points(now), home, rtol=0, atol=1e-5)


@pytest.mark.feature
@pytest.mark.parametrize("name", ["mnist-e", "free"])
@pytest.mark.parametrize("point", [0, 5, 14])
def test_a_pulled_spline_point_takes_its_content_along(
    name: str, point: int, digits: Tensor
) -> None:
    distortion = DISTORTIONS.get(name)
    pull = {f"spline{point}_x": 2.0, f"spline{point}_y": 1.0}
    clean = distort(distortion, digits[:1], moved(distortion, 1, **pull), seeded()).clean
    home = control_points(4)[None]
    now = home.clone()
    now[0, point] += torch.tensor([2.0, 1.0]) * pixel_length_to_unit(1, distortion.canvas)
    torch.testing.assert_close(clean.points(now), home, rtol=0, atol=1e-5)


@pytest.mark.law
def test_flattened_pictures_are_finite(digits: Tensor) -> None:
    distortion = DISTORTIONS.get("free")
    rows = neutral_values(distortion, 4)
    named = by_name(distortion, rows)
    named["scale_x"][0] = 0
    named["corner0_x"][1], named["corner0_y"][1] = 28, 0  # onto the next corner
    named["corner0_x"][2], named["corner0_y"][2] = 14, 14  # onto a line with its neighbours
    named["spline5_x"][3] = named["spline6_x"][3] - 28 * 2 / 3 / 2  # onto the next point
    result = distort(distortion, digits[:4], rows, seeded())
    assert result.images.isfinite().all()
    assert result.clean.grid(28).isfinite().all()


@pytest.mark.exception
@every_distortion
def test_a_wrong_number_of_values_is_answered_with_the_right_one(name: str, digits: Tensor) -> None:
    distortion = DISTORTIONS.get(name)
    count = len(distortion.controls)
    with pytest.raises(ValueError, match=f"takes {count} values for each image"):
        distort(distortion, digits[:2], torch.zeros(2, count + 1), seeded())
