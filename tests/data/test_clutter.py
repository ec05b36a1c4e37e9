"""Clutter and grain: what is laid over a picture and moves nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.data.clutter import add_clutter
from stnviz.data.distort import distort
from stnviz.data.distortions import DISTORTIONS, MAX_PATCHES, PATCH
from tests.data.making import moved, seeded


@pytest.mark.feature
def test_noise_adds_grain_and_more_of_it_more(digits: Tensor) -> None:
    distortion = DISTORTIONS.get("free")

    def grain(amount: float) -> float:
        rows = moved(distortion, 24, noise=amount)
        images = distort(distortion, digits, rows, seeded()).images
        return float((images - digits).abs().mean())

    assert 0.01 < grain(0.1) < grain(0.4)


@pytest.mark.feature
@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, MAX_PATCHES - 1])
def test_one_more_piece_of_clutter_moves_nothing(count: int, digits: Tensor) -> None:
    empty = torch.zeros(24, 1, 60, 60)

    def scattered(pieces: int) -> Tensor:
        return add_clutter(empty, digits, torch.full((24,), float(pieces)), seeded())

    fewer, more = scattered(count), scattered(count + 1)
    assert (more >= fewer).all()
    changed = (more != fewer).squeeze(1)
    assert changed.any(dim=(1, 2)).float().mean() > 0.7
    for image in changed:
        for places in image.nonzero(as_tuple=True):
            assert places.numel() == 0 or places.max() - places.min() < PATCH


@pytest.mark.feature
def test_no_clutter_leaves_the_picture_alone(digits: Tensor) -> None:
    assert torch.equal(add_clutter(digits, digits, torch.zeros(24), seeded()), digits)


@pytest.mark.feature
def test_pieces_are_cut_from_the_distractors(digits: Tensor) -> None:
    distortion = DISTORTIONS.get("mnist-tc")
    rows = moved(distortion, 24, clutter=6)
    plain = distort(distortion, digits, moved(distortion, 24), seeded()).images
    blank = distort(distortion, digits, rows, seeded(), distractors=torch.zeros(3, 1, 28, 28))
    assert torch.equal(blank.images, plain)
    assert not torch.equal(distort(distortion, digits, rows, seeded()).images, plain)
