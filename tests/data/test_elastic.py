"""Bending of clean digits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.data.elastic_augmentation import elastic_deform
from tests.data.making import seeded


@pytest.mark.feature
def test_bent_digits_are_other_pictures_of_the_same_ink(digits: Tensor) -> None:
    bent = elastic_deform(digits, 1.0, seeded())
    assert bent.shape == digits.shape
    assert 0 <= bent.min() < bent.max() <= 1
    assert (bent != digits).flatten(1).any(dim=1).all()
    assert not torch.equal(bent, elastic_deform(digits, 1.0, seeded(1)))
    assert torch.equal(bent, elastic_deform(digits, 1.0, seeded()))
    ink, before = bent.sum((1, 2, 3)), digits.sum((1, 2, 3))
    assert ((ink / before - 1).abs() < 0.35).all()
    # Nearer to itself than to its neighbour.
    own = (bent - digits).abs().mean((1, 2, 3))
    assert (own < (bent - digits.roll(1, 0)).abs().mean((1, 2, 3))).all()


@pytest.mark.law
def test_points_stray_as_far_as_they_should() -> None:
    # A ramp reads out as where it was read: its mean at a corner is what the corner strayed.
    ramp = torch.linspace(0, 1, 28).expand(1, 1, 28, 28).contiguous()
    bent = elastic_deform(ramp.expand(4_000, 1, 28, 28), 1.5, seeded())
    strays = (bent[:, 0, 9, 9] - ramp[0, 0, 9, 9]) * 27  # beside a control point
    assert float(strays.std()) == pytest.approx(1.5, rel=0.12)
    assert float(strays.mean()) == pytest.approx(0, abs=0.1)


@pytest.mark.law
def test_no_bending_changes_nothing(digits: Tensor) -> None:
    torch.testing.assert_close(elastic_deform(digits, 0.0, seeded()), digits, rtol=0, atol=1e-5)
