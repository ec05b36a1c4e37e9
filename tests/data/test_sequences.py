"""Cluttered sequences: where digits lie, and that one thing moved moves nothing else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.data.digits import gallery
from stnviz.data.sequences import (
    CANVAS,
    LENGTH,
    STEEPEST,
    draw_places,
    draw_sequences,
    frames,
)


def some_digits(count: int) -> Tensor:
    images = torch.from_numpy(gallery().images[: count * LENGTH]).float() / 255
    return images.unflatten(0, (count, LENGTH))


def laid(places: Tensor, distractors: float, seed: int = 3) -> Tensor:
    digits = some_digits(len(places))
    generator = torch.Generator().manual_seed(seed)
    cuttings = digits.flatten(0, 1)[:, None]
    return draw_sequences(
        digits, places, cuttings, generator, torch.full((len(places),), float(distractors))
    )


@pytest.mark.feature
def test_digits_stand_side_by_side_inside_the_picture() -> None:
    places = draw_places(500, torch.Generator().manual_seed(1))
    assert places.shape == (500, LENGTH, 2)
    assert int(places.min()) >= 0
    assert int(places.max()) <= CANVAS - 28
    assert bool((places[:, 1:, 0] - places[:, :-1, 0] == 28).all())
    steps = (places[:, 1:, 1] - places[:, :-1, 1]).abs()
    assert int(steps.max()) <= STEEPEST
    assert int(steps.max()) > STEEPEST - 3
    assert len(places[:, 0, 0].unique()) == CANVAS - LENGTH * 28 + 1


@pytest.mark.feature
def test_a_digit_is_where_its_place_says() -> None:
    places = draw_places(4, torch.Generator().manual_seed(2))
    pictures, digits = laid(places, distractors=0), some_digits(4)
    for picture, row, where in zip(pictures, digits, places, strict=True):
        for digit, (x, y) in zip(row, where.tolist(), strict=True):
            assert torch.equal(picture[0, y : y + 28, x : x + 28], digit)
    assert float(pictures.sum()) == pytest.approx(float(digits.sum()), rel=1e-5)


@pytest.mark.feature
def test_one_digit_moved_moves_nothing_else() -> None:
    places = draw_places(1, torch.Generator().manual_seed(2))
    moved = places.clone()
    moved[0, 1, 1] = 0 if places[0, 1, 1] > 36 else 72
    before, after = laid(places, distractors=8), laid(moved, distractors=8)
    left, right = int(places[0, 1, 0]), int(places[0, 1, 0]) + 28
    changed = (before != after)[0, 0].any(dim=0)
    assert bool(changed[left:right].any())
    assert not bool(changed[:left].any())
    assert not bool(changed[right:].any())


@pytest.mark.cardinality
@pytest.mark.parametrize("distractors", [0, 1, 8, 16])
def test_clutter_adds_ink_and_never_takes_any(distractors: int) -> None:
    places = draw_places(3, torch.Generator().manual_seed(2))
    bare, full = laid(places, 0), laid(places, distractors)
    assert bool((full >= bare).all())
    assert bool((full > bare).any()) == (distractors > 0)
    assert float(full.max()) <= 1


@pytest.mark.exception
def test_what_is_placed_outside_is_put_at_the_edge() -> None:
    beyond = torch.tensor([[[-50, 300], [28, 36], [300, -9]]])
    at_edge = torch.tensor([[[0, 72], [28, 36], [72, 0]]])
    assert torch.equal(laid(beyond, 0), laid(at_edge, 0))


@pytest.mark.feature
def test_frames_are_corners_in_half_pictures() -> None:
    found = frames(torch.tensor([[[0, 0], [36, 36], [72, 72]]]))
    wanted = torch.tensor([(-1, -1), (-0.44, -1), (-0.44, -0.44), (-1, -0.44)])
    torch.testing.assert_close(found[0, 0], wanted)
    torch.testing.assert_close(found[0, 2, 2], torch.tensor([1.0, 1.0]))
