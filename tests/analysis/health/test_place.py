"""Windows beside the image, around it, shrunk to nothing or given in pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from stnviz.records import ArraySummary
from tests.analysis.health.patients import (
    SIZE,
    affine_step,
    captured,
    names,
    pictures,
    transform_step,
    turned,
    verdicts,
)


@pytest.mark.feature
@pytest.mark.parametrize("axes", [2, 3])
def test_a_window_beside_the_image_is_out_of_view(axes: int) -> None:
    away = turned(axes=axes)
    away[:, 0, -1] += 2.5
    (verdict,) = verdicts(affine_step(away, (28, 28, 28)[:axes]))
    assert (verdict.name, verdict.severity, verdict.share) == ("out-of-view", "ill", 1.0)


@pytest.mark.feature
def test_a_few_windows_beside_the_image_are_a_warning_with_their_share_and_images() -> None:
    rows = turned(32)
    rows[[4, 9], 1, 2] = -2.5
    (verdict,) = verdicts(affine_step(rows))
    assert (verdict.name, verdict.severity) == ("out-of-view", "warning")
    assert verdict.share == 2 / 32
    assert verdict.numbers["images"] == [4, 9]
    rows[9] = turned(32)[9]
    assert names(affine_step(rows)) == []  # one of 32 proves nothing


@pytest.mark.feature
def test_a_window_at_the_edge_is_in_view() -> None:
    rows = turned()
    rows[:, 0, 2] += 0.9
    assert names(affine_step(rows)) == []


@pytest.mark.feature
def test_a_shrunk_image_is_zoomed_out_and_not_out_of_view() -> None:
    for scale in (2.0, 5.0):
        (verdict,) = verdicts(affine_step(turned(scale=scale), output_size=(84, 84)))
        assert (verdict.name, verdict.severity) == ("zoomed-out", "warning")


@pytest.mark.feature
def test_zeros_around_a_normalised_image_are_called_grey() -> None:
    step = affine_step(turned(scale=2.0), output_size=(56, 56))
    summary = ArraySummary((8, 1, 28, 28), -0.42, 2.8, 0.1)
    (verdict,) = verdicts(captured(step, input=summary))
    assert "grey" in verdict.evidence
    (verdict,) = verdicts(captured(step, input=replace(summary, low=0.0)))
    assert "grey" not in verdict.evidence


@pytest.mark.feature
def test_a_window_a_little_larger_than_the_image_is_well() -> None:
    assert names(affine_step(turned(scale=1.3))) == []


@pytest.mark.feature
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("flat", [True, False])
def test_a_window_shrunk_to_a_line_or_a_point_is_collapsed(axes: int, flat: bool) -> None:
    rows = turned(axes=axes)
    if flat:
        rows[:, 0, :axes] *= 0.01
    else:
        rows[:, :, :axes] *= 0.001
    (verdict,) = verdicts(affine_step(rows, (28, 28, 28)[:axes]))
    assert (verdict.name, verdict.severity) == ("collapsed", "ill")


@pytest.mark.feature
def test_a_strong_zoom_is_no_collapse() -> None:
    theta = torch.tensor([[0.1, 0.3, 0.2], [0.12, -0.4, 0.1], [0.1, 0.1, 0.6], [0.15, 0.0, 0.0]])
    assert names(transform_step("attention", theta)) == []


@pytest.mark.feature
def test_shifts_in_pixels_are_theta_in_pixels() -> None:
    rows = turned()
    rows[:, :, 2] = torch.tensor([[7.0, -5.0], [9.5, 3.0]]).repeat(4, 1)
    (verdict,) = verdicts(affine_step(rows))
    assert (verdict.name, verdict.severity) == ("theta-in-pixels", "ill")
    rows[:, :, 2] *= 2 / 28  # half images
    assert names(affine_step(rows)) == []


@pytest.mark.feature
def test_a_grid_of_pixel_coordinates_is_theta_in_pixels() -> None:
    ys, xs = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    grid = torch.stack([xs, ys], dim=-1) + 2 * torch.randn(8, 1, 1, 2)
    images = pictures()
    step = replace(
        affine_step(turned()), grid=grid, output=F.grid_sample(images, grid, align_corners=False)
    )
    assert names(captured(step)) == ["theta-in-pixels"]
    halves = 2 * (grid + 0.5) / torch.tensor([float(extent) for extent in SIZE]) - 1
    assert names(captured(replace(step, grid=halves))) == []


@pytest.mark.feature
def test_a_window_that_drifted_a_little_out_is_out_of_view_and_not_in_pixels() -> None:
    rows = turned()
    rows[:, 0, 2] += 3
    assert names(affine_step(rows)) == ["out-of-view"]
