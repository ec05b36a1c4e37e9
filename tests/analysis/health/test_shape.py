"""Mirrored, folded, sheared and aliased grids, and those that only look so."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from stnviz.analysis.health.measurements import Measurements
from stnviz.coordinates import base_grid
from tests.analysis.health.patients import (
    SIZE,
    affine_step,
    captured,
    names,
    same,
    transform_step,
    turned,
    verdicts,
)


@pytest.mark.feature
@pytest.mark.parametrize("axes", [2, 3])
def test_a_grid_that_runs_backward_is_mirrored(axes: int) -> None:
    rows = turned(axes=axes)
    rows[:, 0] *= -1
    (verdict,) = verdicts(affine_step(rows, (12, 12, 12)[:axes]))
    assert (verdict.name, verdict.severity, verdict.share) == ("mirrored", "warning", 1.0)
    assert verdict.numbers["determinant"] < 0


@pytest.mark.feature
def test_where_images_are_mirrored_by_nature_it_is_said_to_be_right() -> None:
    rows = turned()
    rows[::2, 0] *= -1  # every other image shows the left hand
    (verdict,) = verdicts(affine_step(rows))
    assert verdict.severity == "warning"
    assert "right if the images are mirrored" in verdict.sentence


@pytest.mark.feature
def test_half_a_turn_is_no_mirror_image() -> None:
    rows = turned()
    rows[:, :, :2] *= -1
    assert names(affine_step(rows)) == []


@pytest.mark.feature
def test_a_spline_that_is_turned_over_as_a_whole_is_mirrored_and_not_folded() -> None:
    theta = 0.05 * torch.randn(4, 4, 4, 2)
    theta[..., 0] -= 2 * torch.linspace(-1, 1, 4)
    assert names(transform_step("thin-plate-spline", theta.flatten(1))) == ["mirrored"]


@pytest.mark.feature
def test_a_spline_that_folds_is_folded_and_says_where() -> None:
    theta = 0.03 * torch.randn(4, 4, 4, 2)
    theta[:, 0, 1, 0] += 1.6  # a control point at the top is pulled over its neighbours
    (verdict,) = verdicts(transform_step("thin-plate-spline", theta.flatten(1)))
    assert (verdict.name, verdict.severity, verdict.share) == ("folded", "warning", 1.0)
    assert verdict.numbers["folded"] > 0.01
    assert "top" in verdict.evidence


@pytest.mark.feature
def test_a_spline_that_bends_is_well() -> None:
    assert names(transform_step("thin-plate-spline", 0.15 * torch.randn(8, 32))) == []


@pytest.mark.feature
def test_a_fold_outside_the_image_is_none() -> None:
    """Beside the image there is nothing to be read twice."""
    theta = torch.zeros(4, 4, 4, 2)
    theta[:, :, 3, 0] = 0.5 + 0.1 * torch.arange(4.0)[:, None]
    step = transform_step("thin-plate-spline", theta.flatten(1))
    grid = step.grid.clone()
    grid[:, :, -3:, 0] = grid[:, :, -3:, 0].flip(dims=[2]) + 0.5
    measured = Measurements(replace(step, grid=grid))
    assert bool(((measured.areas < 0) & ~measured.cells_inside).any())
    assert not bool(((measured.areas < 0) & measured.cells_inside).any())
    assert "folded" not in names(replace(step, grid=grid))


@pytest.mark.feature
@pytest.mark.parametrize(
    ("factor", "read"),
    [(1, 1.0), (2, 1.0), (3, 1 / 9), (4, 1 / 4)],
    ids=lambda value: f"{value:.2g}",
)
def test_the_share_of_pixels_that_are_read_is_counted(factor: int, read: float) -> None:
    """Downsampling by 3 reads the middle one of nine, by 2 all four, by 4 four of sixteen."""
    side = 24
    step = affine_step(same(1, 0, 0, 0, 1, 0), (side, side), (side // factor, side // factor))
    torch.testing.assert_close(
        Measurements(step).read_share, torch.full((8,), read), atol=1e-3, rtol=0
    )


@pytest.mark.feature
def test_downsampling_by_three_is_aliasing_and_by_two_is_not() -> None:
    rows = turned(scale=1.0)
    (verdict,) = verdicts(affine_step(rows, (48, 48), (12, 12)))
    assert (verdict.name, verdict.severity) == ("aliasing", "warning")
    assert "are skipped" in verdict.evidence
    assert names(affine_step(rows, (48, 48), (24, 24))) == []
    assert names(affine_step(rows, (24, 24), (72, 72))) == []  # upsampling


@pytest.mark.feature
def test_volumes_that_are_sampled_coarsely_are_aliased() -> None:
    step = affine_step(turned(axes=3, scale=1.0), (24, 24, 24), (6, 6, 6))
    (verdict,) = verdicts(step)
    assert verdict.name == "aliasing"
    assert verdict.numbers["read"] == pytest.approx(1 / 8, abs=0.05)


@pytest.mark.feature
def test_nearest_sampling_reads_one_pixel_a_sample() -> None:
    step = captured(affine_step(same(1, 0, 0, 0, 1, 0), (24, 24), (6, 6)), kernel="nearest")
    assert float(Measurements(step).read_share[0]) == pytest.approx(1 / 16)


@pytest.mark.feature
def test_a_rotation_over_units_shears_an_image_that_is_not_square() -> None:
    (verdict,) = verdicts(affine_step(turned(), (24, 96)))
    assert (verdict.name, verdict.severity) == ("sheared", "warning")
    assert names(affine_step(turned(), (48, 48))) == []


@pytest.mark.feature
def test_the_known_shear_of_24_x_96_at_45_degrees_is_measured() -> None:
    """The samples to the right and below lie 152 degrees apart: 62 from a right angle."""
    half = 0.5**0.5
    rows = same(half, -half, 0, half, half, 0)
    rows[:, 0, 2] = torch.linspace(-0.1, 0.1, 8)
    (verdict,) = verdicts(affine_step(rows, (24, 96)))
    assert verdict.numbers["degrees"] == pytest.approx(152 - 90, abs=0.5)


@pytest.mark.feature
def test_a_rotation_in_pixels_is_no_shear() -> None:
    rows = turned()
    rows[:, 0, 1] *= 24 / 96
    rows[:, 1, 0] *= 96 / 24
    assert names(affine_step(rows, (24, 96))) == []


@pytest.mark.feature
def test_a_free_affine_map_of_a_wide_image_is_not_accused_of_shear() -> None:
    rows = turned() + 0.05 * torch.randn(8, 2, 3)
    assert names(affine_step(rows, (24, 96))) == []


@pytest.mark.feature
def test_a_window_without_a_rotation_is_not_sheared() -> None:
    rows = torch.diag_embed(torch.tensor([0.6, 0.6])).repeat(8, 1, 1)
    rows = torch.cat([rows, 0.2 * torch.randn(8, 2, 1)], dim=2)
    assert names(affine_step(rows, (24, 96))) == []


@pytest.mark.feature
def test_a_dense_field_may_only_fold() -> None:
    """Optical flow moves every pixel by itself: it may stand still, but not be small by force."""
    flow = base_grid(SIZE).repeat(8, 1, 1, 1) + 0.3 * torch.randn(8, *SIZE, 2)
    step = replace(affine_step(turned()), grid=flow)
    assert names(captured(step, "field")) == ["folded"]
    gentle = base_grid(SIZE).repeat(8, 1, 1, 1) + 0.004 * torch.randn(8, *SIZE, 2)
    assert names(captured(replace(step, grid=gentle), "field")) == []
    assert names(captured(replace(step, grid=gentle), "warp")) == ["nearly-identity"]
