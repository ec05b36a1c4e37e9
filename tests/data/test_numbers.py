"""Drawn house numbers."""

from __future__ import annotations

import pytest
import torch

from stnviz.coordinates import base_grid
from stnviz.data.numbers import LONGEST, NONE
from stnviz.data.numbers.crops import CONTRAST, beside, coverage, draw_crops, place
from stnviz.data.numbers.glyphs import CELL_HEIGHT, CELL_WIDTH, FONTS, glyphs
from stnviz.data.numbers.sampling import Random
from stnviz.data.numbers.surfaces import SHADE, TWIG, WEAR, colours, shadow, twig, worn
from tests.data.making import seeded

every_framing = pytest.mark.parametrize("loose", [False, True], ids=["tight", "loose"])


@pytest.mark.cardinality
def test_every_font_has_ten_digits_and_an_empty_place() -> None:
    atlas, pitches = glyphs()
    assert atlas.shape == (len(FONTS), 11, CELL_HEIGHT, CELL_WIDTH)
    assert not atlas[:, NONE].any()
    assert (atlas[:, :NONE].amax((2, 3)) > 0.9).all()
    assert ((pitches > 0.4) & (pitches < 1.01)).all()
    for font in atlas:
        distances = torch.cdist(font[:NONE].flatten(1)[None], font[:NONE].flatten(1)[None])[0]
        assert (distances + 100 * torch.eye(10) > 3).all()  # no digit looks like another


@pytest.mark.cardinality
@every_framing
@pytest.mark.parametrize("side", [64, 128])
def test_crops_are_pictures_with_five_places(side: int, loose: bool) -> None:
    crops = draw_crops(6, side, seeded(), loose=loose)
    assert crops.images.shape == (6, 3, side, side)
    assert 0 <= crops.images.min() < crops.images.max() <= 1
    assert crops.labels.shape == (6, LONGEST)
    assert crops.corners.shape == (6, 4, 2)


@pytest.mark.feature
def test_numbers_have_one_to_five_digits_from_the_left() -> None:
    labels = draw_crops(400, 16, seeded(), loose=False).labels
    lengths = (labels != NONE).sum(dim=1)
    assert set(lengths.tolist()) == {1, 2, 3, 4, 5}
    for row, length in zip(labels, lengths, strict=True):
        assert (row[:length] < 10).all()
        assert (row[length:] == NONE).all()
    assert set(labels[labels != NONE].tolist()) == set(range(10))


@pytest.mark.feature
@every_framing
def test_a_seed_draws_the_same_crops_and_another_seed_others(loose: bool) -> None:
    first, again = (draw_crops(3, 32, seeded(4), loose=loose) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    assert not torch.equal(first.images, draw_crops(3, 32, seeded(5), loose=loose).images)


@pytest.mark.feature
def test_a_loose_number_is_smaller_and_further_off() -> None:
    tight, loose = (draw_crops(200, 8, seeded(), loose=loose).corners for loose in (False, True))
    widths = [(c[:, 1, 0] - c[:, 0, 0]).mean() for c in (tight, loose)]
    assert widths[1] < 0.6 * widths[0]
    strays = [c.mean(dim=1).abs().mean() for c in (tight, loose)]
    assert strays[1] > 2 * strays[0]


@pytest.mark.law
def test_ink_lies_between_the_corners_and_fills_them() -> None:
    random = Random(60, seeded(2))
    number = place(random, random.between(0.5, 0.9), wander=0.5)
    side = 96
    grid = base_grid((side, side))[None].expand(60, -1, -1, -1)
    ink = coverage(number, grid)[:, 0]
    corners = number.corners()
    for picture, quad, points in zip(ink, corners, grid, strict=True):
        edges = quad.roll(-1, 0) - quad
        to = points[:, :, None] - quad
        across = edges[:, 0] * to[..., 1] - edges[:, 1] * to[..., 0]
        depth = (across / edges.norm(dim=1)).amin(dim=2)  # half canvases inside, negative outside
        assert picture[depth < -0.1].sum() == 0
        assert picture[depth > 0].max() > 0.5


@pytest.mark.law
def test_a_neighbour_never_reaches_the_number() -> None:
    random = Random(300, seeded(3))
    number = place(random, random.between(0.3, 0.6), wander=0.9)
    other, fits = beside(random, number)
    mine, theirs = number.corners()[..., 0], other.corners()[..., 0]
    gap = torch.maximum(mine.amin(1) - theirs.amax(1), theirs.amin(1) - mine.amax(1))
    assert (gap >= -1e-4).all()
    # And it is cut: part of it lies beyond the edge.
    assert ((theirs.amin(1) < -1) | (theirs.amax(1) > 1)).all()
    pitch = other.height * other.width / (other.labels != NONE).sum(dim=1)
    reach = torch.where(theirs.mean(1) < 0, theirs.amax(1) + 1, 1 - theirs.amin(1))
    assert 0.6 < fits.float().mean() < 1
    assert (reach[fits] > 0.19 * pitch[fits]).all()
    assert (reach < 0.81 * pitch).all()  # no digit is whole


@pytest.mark.law
def test_ink_stands_out() -> None:
    ground, ink = colours(Random(5_000, seeded(5)), CONTRAST)
    contrast = (ground.mean(dim=1) - ink.mean(dim=1)).abs()
    assert contrast.min() > CONTRAST[0] - 0.1  # a tint may clip a little of it
    assert (contrast < CONTRAST[0] - 0.02).float().mean() < 0.01
    assert 0.3 < (ink.mean(dim=1) > ground.mean(dim=1)).float().mean() < 0.7


@pytest.mark.law
@every_framing
def test_a_number_is_whole(loose: bool) -> None:
    corners = draw_crops(2_000, 4, seeded(6), loose=loose).corners
    assert corners.abs().max() <= 1


@pytest.mark.law
def test_paint_comes_off_in_places_and_never_all_of_it() -> None:
    whole = torch.ones(200, 1, 32, 32)
    left = worn(Random(200, seeded(7)), whole)
    assert left.max() <= 1
    assert left.min() >= 1 - WEAR
    assert left.min() < 1 - 0.8 * WEAR
    assert left.flatten(1).std(dim=1).max() > 0.05


@pytest.mark.law
def test_a_twig_is_thin_and_hangs_near_the_number() -> None:
    random, side = Random(300, seeded(8)), 64
    middle, height = random.between(-0.4, 0.4, 2), random.between(0.4, 0.9)
    cover = twig(random, middle, height, side)[:, 0]
    assert ((cover >= 0) & (cover <= 1)).all()
    # A band that crosses the crop, at most three lengths of it long.
    assert (cover.mean(dim=(1, 2)) < 3 * (TWIG[1] * height / 2 + 1 / side)).all()
    away = (base_grid((side, side)) - middle[:, None, None]).norm(dim=-1)
    nearest = torch.where(cover > 0, away, 9.0).amin(dim=(1, 2))
    assert (nearest < 0.75 * height + 4 / side).all()


@pytest.mark.law
def test_a_shadow_leaves_some_light_and_falls_near_the_number() -> None:
    random = Random(300, seeded(9))
    middle, height = random.between(-0.4, 0.4, 2), random.between(0.4, 0.9)
    left = shadow(random, middle, height, 64)
    assert left.max() <= 1
    assert left.min() >= 1 - SHADE[1] - 1e-6
    dark, bright = (f(left, (1, 2, 3)) for f in (torch.amin, torch.amax))
    crossed = (bright == 1) & (dark <= 1 - SHADE[0] + 1e-6)
    assert crossed.float().mean() > 0.8  # else its edge is outside the crop
