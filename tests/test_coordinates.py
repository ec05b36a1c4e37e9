"""The one coordinate convention."""

from __future__ import annotations

import jaxtyping
import pytest
import torch
import torch.nn.functional as F

from stnviz.coordinates import (
    KERNELS,
    OUT_OF_SIGHT,
    PADDINGS,
    Kernel,
    Padding,
    affine_terms,
    base_grid,
    cell_areas,
    pixel_centres,
    pixel_length_to_unit,
    sample,
)


@pytest.mark.feature
def test_edges_are_one_and_centres_lie_half_a_pixel_inside() -> None:
    assert pixel_centres(4).tolist() == [-0.75, -0.25, 0.25, 0.75]


@pytest.mark.cardinality
def test_a_size_is_height_then_width_and_a_point_x_then_y() -> None:
    grid = base_grid((2, 4))
    assert grid.shape == (2, 4, 2)
    assert grid[0, 3].tolist() == [0.75, -0.5]


@pytest.mark.feature
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("padding", PADDINGS)
def test_the_base_grid_reads_the_image_itself(kernel: Kernel, padding: Padding) -> None:
    image = torch.rand(2, 3, 5, 7)
    grid = base_grid((5, 7)).expand(2, 5, 7, 2)
    read = sample(image, grid, kernel=kernel, padding=padding)
    torch.testing.assert_close(read, image, rtol=0, atol=2e-6)


@pytest.mark.oracle
def test_affine_terms_are_the_affine_grid_of_torch() -> None:
    rows = torch.randn(3, 2, 3)
    expected = F.affine_grid(rows, [3, 1, 6, 9], align_corners=False)
    torch.testing.assert_close(affine_terms(rows, (6, 9)).permute(0, 2, 3, 1), expected)


@pytest.mark.feature
@pytest.mark.parametrize("kernel", KERNELS)
def test_far_outside_only_padding_is_read(kernel: Kernel) -> None:
    grid = torch.full((1, 2, 2, 2), OUT_OF_SIGHT)
    assert sample(torch.ones(1, 1, 3, 3), grid, kernel=kernel).abs().max() == 0


@pytest.mark.feature
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_autocast_and_half_images_leave_the_grid_its_precision(half: torch.dtype) -> None:
    image, grid = torch.rand(1, 1, 8, 8), torch.rand(1, 8, 8, 2) * 2 - 1
    plain = sample(image.to(half).float(), grid)
    with torch.autocast("cpu", half):
        read = sample(image.to(half), grid)
    assert read.dtype == torch.float32
    torch.testing.assert_close(read, plain, rtol=0, atol=0)


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"kernel": "cubic"}, "choose one of nearest"), ({"padding": "wrap"}, "one of zeros")],
)
def test_an_unknown_option_is_answered_with_the_known_ones(
    options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        sample(torch.rand(1, 1, 2, 2), torch.rand(1, 2, 2, 2), **options)  # type: ignore[arg-type]


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_two_images_and_three_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="one grid for each image"):
        sample(torch.rand(2, 1, 2, 2), torch.rand(3, 2, 2, 2))


@pytest.mark.exception
def test_the_tests_check_shapes() -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        cell_areas(torch.rand(2, 2, 2, 3))


@pytest.mark.exception
@pytest.mark.parametrize("grid", [(2, 2, 2, 3), (2, 2, 2, 2, 3), (2, 2, 2, 2, 2)])
def test_a_grid_of_another_kind_than_the_images_is_refused(grid: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"give \(B, h, w, 2\) for images"):
        sample(torch.rand(2, 1, 2, 2), torch.rand(grid))


@pytest.mark.exception
def test_volumes_have_no_bicubic_kernel() -> None:
    volumes, grid = torch.rand(1, 1, 2, 2, 2), torch.rand(1, 2, 2, 2, 3)
    with pytest.raises(ValueError, match="choose nearest or bilinear"):
        sample(volumes, grid, kernel="bicubic")


@pytest.mark.oracle
def test_affine_terms_of_volumes_are_the_affine_grid_of_torch() -> None:
    rows = torch.randn(3, 3, 4)
    expected = F.affine_grid(rows, [3, 1, 4, 6, 9], align_corners=False)
    torch.testing.assert_close(affine_terms(rows, (4, 6, 9)).permute(0, 2, 3, 4, 1), expected)


@pytest.mark.exception
def test_a_map_and_a_size_of_other_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="A map of 2 coordinates has no grid of size"):
        affine_terms(torch.randn(1, 2, 3), (4, 6, 9))


@pytest.mark.feature
def test_a_whole_image_is_two_units_long() -> None:
    assert pixel_length_to_unit(28, 28) == 2.0


@pytest.mark.feature
@pytest.mark.parametrize("size", [(28, 28), (5, 9)])
def test_areas_are_those_of_the_map_in_every_cell(size: tuple[int, int]) -> None:
    grid = base_grid(size)[None]
    assert cell_areas(grid).shape == (1, size[0] - 1, size[1] - 1)
    assert torch.allclose(cell_areas(grid), torch.tensor(1.0), atol=1e-4)
    linear = torch.tensor([[0.5, 0.2], [-0.1, 0.4]])
    determinant = torch.linalg.det(linear)
    assert torch.allclose(cell_areas(grid @ linear.T + 0.3), determinant, atol=1e-4)
    mirrored = grid * torch.tensor([-1.0, 1.0])
    assert torch.allclose(cell_areas(mirrored), torch.tensor(-1.0), atol=1e-4)
