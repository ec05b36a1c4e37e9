"""Drawn faces and glasses: at every size the same, and true about where glasses belong."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stnviz.compositing import lay_on
from stnviz.coordinates import sample
from stnviz.data.faces.poses import EYE_X, EYE_Y, box_corners, worn
from stnviz.data.faces.scenes import Scenes, draw_scenes
from stnviz.transforms import Projective


def some(count: int = 16, seed: int = 3) -> Scenes:
    return draw_scenes(count, torch.Generator().manual_seed(seed))


def in_picture(frame: Tensor, x: float, y: float) -> Tensor:
    """Where a point of each frame lies in the picture, (B, 2)."""
    there: Tensor = torch.linalg.inv(frame) @ torch.tensor([x, y, 1.0])
    return there[:, :2] / there[:, 2:]


@pytest.mark.cardinality
def test_pictures_have_the_size_that_was_asked_for_and_lie_between_0_and_1() -> None:
    scenes = some(5)
    for side in (32, 48):
        for picture, channels in (
            (scenes.background(side), 3), (scenes.foreground(side), 4), (scenes.finished(side), 3)
        ):  # fmt: skip
            assert picture.shape == (5, channels, side, side)
            assert 0 <= picture.min() < picture.max() <= 1
    assert scenes.theta().shape == (5, 8)
    assert scenes.corners().shape == (5, 8, 2)


@pytest.mark.feature
def test_the_same_seed_is_the_same_face_at_any_size() -> None:
    small, large = some(), some()
    for draw in (Scenes.background, Scenes.foreground):
        shrunk = F.avg_pool2d(draw(large, 192), 4)
        assert float((draw(small, 48) - shrunk).abs().mean()) < 0.012
    assert torch.equal(small.corners(), large.corners())
    assert not torch.equal(some(seed=4).background(48), small.background(48))


@pytest.mark.feature
def test_through_the_true_map_lenses_lie_on_the_eyes() -> None:
    scenes = some()
    for side in (-1, 1):
        eye = in_picture(scenes.pose, side * EYE_X, EYE_Y)
        lens = in_picture(worn(scenes.pose), side * 0.5, 0.0)
        assert float((eye - lens).abs().max()) < 1e-5
        looked = Projective().points(scenes.theta(), eye[:, None])[:, 0]
        began = in_picture(scenes.start, side * 0.5, 0.0)
        assert float((looked - began).abs().max()) < 1e-4


@pytest.mark.feature
def test_the_glasses_that_the_true_map_reads_cover_the_eyes_as_drawn_ones_do() -> None:
    scenes = some()
    read = sample(scenes.foreground(96), Projective().grid(scenes.theta(), (96, 96)))[:, 3]
    axis = (torch.arange(96) + 0.5) / 48 - 1
    ink = read / read.sum(dim=(1, 2), keepdim=True)
    middle = torch.stack([(ink * axis).sum((1, 2)), (ink * axis[:, None]).sum((1, 2))], dim=1)
    wanted = in_picture(worn(scenes.pose), 0.0, 0.0)
    assert float((middle - wanted).norm(dim=1).max()) < 0.06


@pytest.mark.feature
def test_glasses_begin_off_their_place_and_in_sight() -> None:
    corners = some(500).corners()
    off = (corners[:, :4] - corners[:, 4:]).norm(dim=2).mean(dim=1)
    assert 0.2 < float(off.mean()) < 0.24
    assert float(corners.abs().max()) < 1


@pytest.mark.feature
def test_a_face_that_wears_glasses_differs_from_the_bare_one_only_about_the_eyes() -> None:
    scenes = some()
    change = (scenes.finished(48) - scenes.background(48)).abs().amax(dim=1)
    corners = box_corners(worn(scenes.pose))
    for picture, box in zip(change, corners, strict=True):
        low, high = ((box.amin(0) + 1) * 24 - 2).long(), ((box.amax(0) + 1) * 24 + 3).long()
        inside = picture[low[1] : high[1], low[0] : high[0]]
        assert float(inside.sum()) == pytest.approx(float(picture.sum()), rel=1e-4)
        assert float(inside.max()) > 0.1


@pytest.mark.feature
def test_one_scene_of_many_is_drawn_as_among_the_others() -> None:
    scenes = some()
    alone = scenes.only(7)
    assert torch.allclose(alone.background(48)[0], scenes.background(48)[7], atol=1e-6)
    assert torch.allclose(alone.theta()[0], scenes.theta()[7], atol=1e-6)


@pytest.mark.feature
def test_what_is_laid_on_hides_as_much_as_its_opacity_says() -> None:
    background, foreground = torch.zeros(1, 3, 1, 3), torch.ones(1, 4, 1, 3)
    foreground[0, 3, 0] = torch.tensor([0.0, 0.25, 1.0])
    assert lay_on(background, foreground)[0, 0, 0].tolist() == [0.0, 0.25, 1.0]
