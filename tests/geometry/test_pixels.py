"""Points count centres, boxes count edges; windows are boxes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import Tensor

from stnviz.coordinates import Size, base_grid, sample
from stnviz.geometry import (
    box_to_theta,
    pixel_boxes_to_unit,
    pixel_points_to_unit,
    theta_to_box,
    unit_to_pixel_boxes,
    unit_to_pixel_points,
)
from stnviz.transforms import (
    TRANSFORMS,
    Affine,
    Attention,
    ThinPlateSpline,
    Transform,
    Translation,
    create_transform,
)

ROOT = Path(__file__).parents[2]
SIZE: Size = (24, 32)
every_transform = pytest.mark.parametrize("name", TRANSFORMS.names())


def some_boxes(count: int = 5) -> Tensor:
    low = torch.rand(count, 2, dtype=torch.float64) * 10
    return torch.cat([low, low + 1 + 10 * torch.rand(count, 2, dtype=torch.float64)], dim=1)


@pytest.mark.feature
@pytest.mark.parametrize("size", [(2, 4), (5, 1), (1, 1)])
def test_points_count_the_centres_of_pixels(size: Size) -> None:
    height, width = size
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    points = torch.stack([columns, rows], dim=-1).float()
    assert torch.equal(pixel_points_to_unit(points, size), base_grid(size))
    torch.testing.assert_close(unit_to_pixel_points(base_grid(size), size), points)


@pytest.mark.feature
def test_boxes_count_edges() -> None:
    whole = torch.tensor([[0.0, 0.0, 32.0, 24.0], [8.0, 0.0, 24.0, 12.0]])
    expected = torch.tensor([[-1.0, -1.0, 1.0, 1.0], [-0.5, -1.0, 0.5, 0.0]])
    assert torch.equal(pixel_boxes_to_unit(whole, SIZE), expected)
    assert torch.equal(unit_to_pixel_boxes(expected, SIZE), whole)
    # The edge of a box lies half a pixel before the centre of its first pixel.
    first = pixel_points_to_unit(torch.tensor([8.0, 0.0]), SIZE) - torch.tensor([1 / 32, 1 / 24])
    torch.testing.assert_close(first, expected[1, :2])


@pytest.mark.law
def test_ways_there_and_back_cancel() -> None:
    points, boxes = 40 * torch.rand(3, 7, 2, dtype=torch.float64) - 5, some_boxes()
    torch.testing.assert_close(
        unit_to_pixel_points(pixel_points_to_unit(points, SIZE), SIZE), points
    )
    torch.testing.assert_close(unit_to_pixel_boxes(pixel_boxes_to_unit(boxes, SIZE), SIZE), boxes)


@pytest.mark.exception
def test_an_image_without_pixels_has_no_coordinates() -> None:
    with pytest.raises(ValueError, match=r"0 x 5 pixels .* at least 1 x 1"):
        pixel_points_to_unit(torch.zeros(1, 2), (0, 5))


@pytest.mark.feature
@pytest.mark.parametrize("name", ["affine", "projective"])
def test_a_free_window_is_its_box(name: str) -> None:
    transform, boxes = create_transform(name), some_boxes()
    theta = box_to_theta(transform, boxes, SIZE)
    torch.testing.assert_close(theta_to_box(transform, theta, SIZE), boxes)


@pytest.mark.feature
def test_an_affine_window_reads_the_pixels_of_its_box() -> None:
    image = torch.rand(1, 1, *SIZE)
    theta = box_to_theta(Affine(), torch.tensor([[8.0, 2.0, 24.0, 14.0]]), SIZE)
    read = sample(image, Affine().grid(theta, (12, 16)))
    torch.testing.assert_close(read, image[:, :, 2:14, 8:24], rtol=0, atol=1e-5)


@pytest.mark.feature
@pytest.mark.parametrize("name", ["attention", "similarity"])
@pytest.mark.parametrize("aspect", [1.0, 32 / 24])
def test_a_window_of_the_images_shape_is_the_smallest_that_holds_the_box(
    name: str, aspect: float
) -> None:
    transform, boxes = create_transform(name, aspect=aspect), some_boxes()
    found = theta_to_box(transform, box_to_theta(transform, boxes, SIZE), SIZE)
    torch.testing.assert_close((found[:, :2] + found[:, 2:]) / 2, (boxes[:, :2] + boxes[:, 2:]) / 2)
    sides, asked = found[:, 2:] - found[:, :2], boxes[:, 2:] - boxes[:, :2]
    torch.testing.assert_close(sides[:, 0] / 32, sides[:, 1] / 24)
    assert ((sides - asked).amin(dim=1).abs() < 1e-9).all()
    assert (sides - asked > -1e-9).all()


@pytest.mark.feature
def test_a_translation_lies_about_the_middle_of_the_box() -> None:
    theta = box_to_theta(Translation(0.5), torch.tensor([[8.0, 0.0, 10.0, 4.0]]), SIZE)
    found = theta_to_box(Translation(0.5), theta, SIZE)
    torch.testing.assert_close(found, torch.tensor([[9.0 - 8, 2 - 6, 9 + 8, 2 + 6]]))


@pytest.mark.feature
@every_transform
def test_the_identity_looks_at_the_whole_image(name: str) -> None:
    transform = create_transform(name)
    found = theta_to_box(transform, transform.identity()[None], SIZE)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.0, 32.0, 24.0]]))


@pytest.mark.feature
def test_the_box_of_a_bent_window_holds_its_bulge() -> None:
    theta = torch.zeros(1, 32)
    theta[0, 2 * 7] = 0.5  # a point in the middle of the right side looks further right
    assert theta_to_box(ThinPlateSpline(), theta, SIZE)[0, 2] > 32 + 7


@pytest.mark.exception
@pytest.mark.parametrize("box", [[5.0, 0.0, 5.0, 4.0], [0.0, 4.0, 3.0, 2.0]])
def test_an_empty_box_is_refused(box: list[float]) -> None:
    with pytest.raises(ValueError, match="x0 < x1 and y0 < y1"):
        box_to_theta(Attention(), torch.tensor([box]), SIZE)


@pytest.mark.exception
def test_a_spline_has_no_box() -> None:
    spline: Transform = ThinPlateSpline()
    with pytest.raises(ValueError, match="choose affine or projective"):
        box_to_theta(spline, torch.tensor([[0.0, 0.0, 1.0, 1.0]]), SIZE)


@pytest.mark.law
def test_the_picture_of_the_rulers_is_what_the_functions_say() -> None:
    script = ROOT / "scripts" / "make_coordinates_picture.py"
    spec = importlib.util.spec_from_file_location("make_coordinates_picture", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text(encoding="utf-8") == module.picture()
