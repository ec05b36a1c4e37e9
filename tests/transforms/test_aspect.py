"""Pictures that are not square: angles and scales are those of pixels."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import Size, aspect_of, base_grid
from stnviz.transforms import TRANSFORMS, Similarity, ThinPlateSpline, create_transform

every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())
every_size = pytest.mark.parametrize("size", [(24, 96), (96, 24), (7, 10)])


def in_pixels(xy: Tensor, size: Size) -> Tensor:
    height, width = size
    return xy * xy.new_tensor([width, height]) / 2


def neighbours(grid: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    """From each pixel to the next one right and the next one down, in pixels of the input."""
    places = in_pixels(grid[0], size)
    return places[:-1, 1:] - places[:-1, :-1], places[1:, :-1] - places[:-1, :-1]


@pytest.mark.feature
@every_size
@pytest.mark.parametrize("degrees", [45, 10, -120, 90])
@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_a_turned_window_is_not_sheared(size: Size, degrees: int, scale: float) -> None:
    transform = Similarity(aspect=aspect_of(size))
    theta = torch.tensor([[math.radians(degrees), scale, 0.1, -0.2]], dtype=torch.float64)
    right, down = neighbours(transform.grid(theta, size), size)
    length = torch.full(right.shape[:2], scale, dtype=torch.float64)
    torch.testing.assert_close(right.norm(dim=-1), length)
    torch.testing.assert_close(down.norm(dim=-1), length)
    torch.testing.assert_close((right * down).sum(dim=-1), torch.zeros_like(length))
    turned = torch.atan2(right[..., 1], right[..., 0]).rad2deg()
    torch.testing.assert_close(turned, torch.full_like(length, degrees))


@pytest.mark.feature
def test_without_its_aspect_the_same_turn_shears() -> None:
    size, theta = (24, 96), torch.tensor([[math.pi / 4, 1.0, 0.0, 0.0]])
    right, down = neighbours(Similarity().grid(theta, size), size)
    assert float((right.norm(dim=-1) / down.norm(dim=-1)).mean()) < 0.3


@pytest.mark.law
@every_transform
def test_of_square_pictures_nothing_has_changed_to_the_bit(name: str) -> None:
    plain, given = create_transform(name), create_transform(name, aspect=1)
    theta, xy = plain.identity() + 0.1 * torch.randn(3, plain.size), torch.rand(3, 5, 2)
    assert plain.aspect == 1
    assert torch.equal(plain.grid(theta, (9, 9)), given.grid(theta, (9, 9)))
    assert torch.equal(plain.points(theta, xy), given.points(theta, xy))
    assert plain.describe(theta[0]) == given.describe(theta[0]) == plain.describe(theta[0], 1.0)


@pytest.mark.law
@every_transform
@every_size
def test_a_description_is_what_one_measures_in_pixels(name: str, size: Size) -> None:
    transform, plain = create_transform(name, aspect=aspect_of(size)), create_transform(name)
    theta = transform.identity().double() + 0.05 * torch.randn(transform.size).double()
    if name == "thin-plate-spline":  # one that bends nothing
        places = base_grid((4, 4), dtype=torch.float64).flatten(0, 1) * 4 / 3
        theta = (places @ torch.tensor([[0.1, -0.2], [0.05, 0.1]], dtype=torch.float64)).flatten()
    step = 1e-6 * torch.eye(2, dtype=torch.float64)
    ends = in_pixels(transform.points(theta[None], torch.cat([step, -step])[None])[0], size)
    right, down = (ends[:2] - ends[2:]) / in_pixels(2 * step, size).diagonal()[:, None]
    said = transform.describe(theta)
    assert said["scale_x"] == pytest.approx(float(right.norm()), abs=1e-6)
    assert said["angle"] == pytest.approx(math.atan2(right[1], right[0]), abs=1e-6)
    area = float(right[0] * down[1] - right[1] * down[0])
    assert said["scale_x"] * said["scale_y"] == pytest.approx(area, abs=1e-6)
    assert said["shear"] == pytest.approx(float(right @ down / right.square().sum()), abs=1e-6)
    if name != "similarity":  # whose map is another one
        assert plain.describe(theta, aspect_of(size)) == said == plain.pose(theta, aspect_of(size))


@pytest.mark.law
@every_size
def test_a_similarity_is_read_back_at_any_aspect(size: Size) -> None:
    transform = Similarity(aspect=aspect_of(size))
    theta = torch.tensor([-2.0, 0.7, 0.1, 0.2])
    said = transform.describe(theta)
    expected = {"angle": -2.0, "scale_x": 0.7, "scale_y": 0.7, "shear": 0.0}
    assert {key: said[key] for key in expected} == pytest.approx(expected, abs=1e-6)
    matrix = transform.matrix(theta[None])
    torch.testing.assert_close(transform.from_rows(matrix[:, :2])[0], theta)
    grid = create_transform("affine").grid(matrix[:, :2].flatten(1), size)
    torch.testing.assert_close(grid, transform.grid(theta[None], size))


@pytest.mark.feature
def test_a_spline_that_is_bent_along_x_bends_more_in_a_wide_picture() -> None:
    theta = torch.zeros(32)
    theta[10] = 0.1  # along x
    square, wide = ThinPlateSpline().describe(theta), ThinPlateSpline(aspect=4).describe(theta)
    assert wide["bend"] == pytest.approx(4 * square["bend"])
    assert wide["area"] == square["area"]


@pytest.mark.exception
@every_transform
@pytest.mark.parametrize("aspect", [0.0, -1.0, math.nan, math.inf])
def test_an_aspect_that_no_picture_has_is_refused(name: str, aspect: float) -> None:
    with pytest.raises(ValueError, match="give its width over its height"):
        create_transform(name, aspect=aspect)
