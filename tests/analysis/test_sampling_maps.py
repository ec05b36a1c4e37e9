"""Maps of a sampling grid: equal to what torch's sampler does, whatever its convention."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stnviz.analysis import sampling_maps
from stnviz.analysis.sampling_maps import (
    distance_outside,
    pixel_areas,
    pixel_positions,
    read_counts,
)
from stnviz.coordinates import base_grid, cell_areas

SIZE = (7, 10)


def some_grid(scale: float = 0.7) -> torch.Tensor:
    """A grid of 5 x 6 points, some of them far outside."""
    return scale * torch.randn(1, 5, 6, 2)


@pytest.mark.oracle
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_reads_are_the_weights_that_torch_gives_each_pixel(
    padding: str, align_corners: bool
) -> None:
    grid = some_grid(1.5)
    image = torch.zeros(1, 1, *SIZE, requires_grad=True)
    F.grid_sample(image, grid, padding_mode=padding, align_corners=align_corners).sum().backward()
    assert image.grad is not None
    places = pixel_positions(grid[0].numpy(), SIZE, align_corners=align_corners)
    counts = read_counts(places, SIZE, padding=padding, align_corners=align_corners)
    np.testing.assert_allclose(counts, image.grad[0, 0].numpy(), atol=2e-5)


@pytest.mark.feature
def test_a_large_input_is_counted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    places = pixel_positions(base_grid(SIZE).numpy(), SIZE, align_corners=False)
    monkeypatch.setattr(sampling_maps, "MOST_BINS", 20)
    counts = read_counts(places, SIZE)
    assert counts.shape == (4, 5)
    np.testing.assert_allclose(counts[:3], 1, atol=1e-6)


@pytest.mark.feature
@pytest.mark.parametrize("align_corners", [False, True])
def test_the_identity_reads_every_pixel_at_its_centre(align_corners: bool) -> None:
    eye = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    grid = F.affine_grid(eye, [1, 1, *SIZE], align_corners=align_corners)[0].numpy()
    places = pixel_positions(grid, SIZE, align_corners=align_corners)
    np.testing.assert_allclose(places[2, 3], [3, 2], atol=1e-5)
    np.testing.assert_allclose(pixel_areas(places), 1, atol=1e-4)
    assert distance_outside(places, SIZE).max() == 0
    np.testing.assert_allclose(read_counts(places, SIZE), 1, atol=1e-4)


@pytest.mark.oracle
def test_areas_are_determinants() -> None:
    grid = some_grid()
    places = pixel_positions(grid[0].numpy(), SIZE, align_corners=False)
    scale = SIZE[0] * SIZE[1] / (grid.shape[1] * grid.shape[2])
    np.testing.assert_allclose(pixel_areas(places), scale * cell_areas(grid)[0].numpy(), atol=1e-3)
    matrix = np.random.default_rng(0).normal(size=(3, 3))
    zs, ys, xs = np.meshgrid(np.arange(3), np.arange(4), np.arange(5), indexing="ij")
    volume = (np.stack([xs, ys, zs], axis=-1) @ matrix.T).astype(np.float32)
    np.testing.assert_allclose(pixel_areas(volume), np.linalg.det(matrix), atol=1e-4)


@pytest.mark.feature
def test_far_outside_is_far_in_pixels() -> None:
    places = np.array([[[-1.5, 2.0], [9.5, 6.5], [12.5, 10.5], [np.nan, 0.0]]], np.float32)
    far = distance_outside(places, SIZE)[0]
    np.testing.assert_allclose(far[:3], [1, 0, 5], atol=1e-6)
    assert np.isnan(far[3])


@pytest.mark.feature
def test_what_is_not_finite_is_not_read() -> None:
    places = np.full((4, 4, 2), np.nan, np.float32)
    assert read_counts(places, SIZE).sum() == 0
    assert np.isnan(pixel_areas(places)).all()
    huge = np.full((2, 2, 2), 3e38, np.float32)
    assert read_counts(huge, SIZE).sum() == 0
