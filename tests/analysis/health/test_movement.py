"""Transformers that do nothing, or the same to every image, and those that only seem to."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import stnviz
from stnviz.transforms import TRANSFORMS, create_transform
from tests.analysis.health.patients import (
    affine_step,
    captured,
    names,
    pictures,
    same,
    trace_of,
    transform_step,
    turned,
    verdicts,
)

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
WINDOW = (0.5, 0.0, 0.1, 0.0, 0.5, -0.2)
TILTED = (0.8, 0.3, 0.0, -0.3, 0.8, 0.1)


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
def test_the_identity_of_every_transform_is_the_identity_and_nothing_else(name: str) -> None:
    (verdict,) = verdicts(transform_step(name, create_transform(name).identity().repeat(5, 1)))
    assert (verdict.name, verdict.severity, verdict.share) == ("identity", "ill", 1.0)


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
def test_a_transformer_that_moves_differently_for_each_image_is_well(name: str) -> None:
    transform = create_transform(name)
    theta = transform.identity() + 0.08 * torch.randn(8, transform.size)
    assert names(transform_step(name, theta)) == []


@pytest.mark.feature
@pytest.mark.parametrize(("size", "output"), [((28, 28), (14, 14)), ((9, 20), (9, 20))])
def test_the_identity_is_told_at_any_size(size: tuple[int, int], output: tuple[int, int]) -> None:
    assert names(affine_step(same(*IDENTITY), size, output)) == ["identity"]


@pytest.mark.feature
def test_the_identity_with_aligned_corners_is_the_identity() -> None:
    step = affine_step(same(*IDENTITY))
    grid = torch.nn.functional.affine_grid(same(*IDENTITY), [8, 1, 28, 28], align_corners=True)
    call = {"align_corners": True, "grid_align_corners": True}
    assert names(captured(replace(step, grid=grid), **call)) == ["identity"]


@pytest.mark.feature
def test_one_image_that_is_not_moved_is_a_warning_only() -> None:
    (verdict,) = verdicts(affine_step(same(*IDENTITY, count=1)))
    assert (verdict.name, verdict.severity) == ("identity", "warning")


@pytest.mark.feature
def test_the_same_grid_for_every_image_is_constant() -> None:
    (verdict,) = verdicts(affine_step(same(*TILTED)))
    assert (verdict.name, verdict.severity) == ("constant", "ill")
    assert "8 different images" in verdict.evidence
    hardly = same(*TILTED)
    hardly[:, 0, 2] += torch.linspace(0, 0.004, 8)  # 0.056 pixels from end to end
    assert names(affine_step(hardly)) == ["constant"]


@pytest.mark.feature
def test_a_small_movement_is_a_movement() -> None:
    moved = same(*TILTED)
    moved[:, 0, 2] += torch.linspace(0, 0.04, 8)
    assert names(affine_step(moved)) == []


@pytest.mark.feature
def test_two_images_with_the_same_grid_are_a_warning_and_with_others_nothing() -> None:
    (verdict,) = verdicts(affine_step(same(*TILTED, count=2)))
    assert (verdict.name, verdict.severity) == ("constant", "warning")
    assert names(affine_step(turned(2))) == []


@pytest.mark.feature
def test_one_image_or_equal_images_cannot_be_constant_and_the_report_says_so() -> None:
    one = affine_step(same(*TILTED, count=1))
    equal = affine_step(same(*TILTED), images=pictures(1).repeat(8, 1, 1, 1))
    for step, sentence in ((one, "There is one image only"), (equal, "The images hardly differ")):
        assert names(step) == []
        assert any(note.startswith(sentence) for note in stnviz.health(trace_of(step)).notes)
    assert not any(
        note.startswith("The images")
        for note in stnviz.health(trace_of(affine_step(turned()))).notes
    )


@pytest.mark.feature
def test_a_shared_input_is_judged_by_the_images_that_the_model_was_given() -> None:
    atlas = pictures(1).repeat(8, 1, 1, 1)
    assert names(affine_step(same(*TILTED), images=atlas), pictures(8)) == ["constant"]


@pytest.mark.feature
def test_a_window_that_never_moves_is_dead_in_a_network_that_predicts_it() -> None:
    assert names(affine_step(same(*WINDOW))) == ["constant"]


@pytest.mark.feature
def test_a_fixed_crop_in_somebodys_network_may_be_meant() -> None:
    (verdict,) = verdicts(captured(affine_step(same(*WINDOW))))
    assert (verdict.name, verdict.severity) == ("fixed-crop", "warning")
    assert "if it is meant" in verdict.sentence
    turned_crop = (0.4, 0.2, 0.0, -0.2, 0.4, 0.0)
    away = (0.5, 0.0, 1.5, 0.0, 0.5, 0.0)
    assert names(captured(affine_step(same(*turned_crop)))) == ["constant"]
    assert "constant" in names(captured(affine_step(same(*away))))


@pytest.mark.feature
def test_a_glimpse_that_follows_the_image_is_well() -> None:
    theta = 0.3 * torch.randn(8, 2)
    assert names(transform_step("translation", theta, scale=0.35)) == []


@pytest.mark.feature
def test_a_transformer_that_hardly_moves_is_stuck_near_the_identity() -> None:
    stuck = same(*IDENTITY)
    stuck[:, :, 2] += 0.02 * torch.randn(8, 2, generator=torch.Generator().manual_seed(1))
    (verdict,) = verdicts(affine_step(stuck))
    assert (verdict.name, verdict.severity) == ("nearly-identity", "warning")
    stuck[:, 0, 2] += torch.linspace(-0.1, 0.1, 8)  # now by a pixel
    assert names(affine_step(stuck)) == []


@pytest.mark.feature
def test_a_few_images_that_need_no_alignment_are_no_illness() -> None:
    few = same(*IDENTITY, count=3)
    few[:, 0, 2] += torch.tensor([0.0, 0.01, 0.02])
    assert names(affine_step(few)) == []
    rows = turned()
    rows[:6] = same(*IDENTITY, count=6)
    assert names(affine_step(rows)) == []


@pytest.mark.feature
def test_volumes_are_judged_like_pictures() -> None:
    cube, box = (10, 10, 10), (8, 10, 12)
    still = same(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert names(affine_step(still, box)) == ["identity"]
    assert names(affine_step(0.8 * still, box)) == ["constant"]
    assert names(affine_step(turned(axes=3), cube)) == []
