"""Grids made in one convention and read in the other, told and hand-made."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from tests.analysis.health.patients import (
    affine_step,
    captured,
    names,
    pictures,
    same,
    turned,
    verdicts,
)


@pytest.mark.feature
@pytest.mark.parametrize("made", [True, False])
def test_affine_grid_and_sampler_that_disagree_are_told(made: bool) -> None:
    grid = F.affine_grid(turned(), [8, 1, 28, 28], align_corners=made)
    step = replace(affine_step(turned()), grid=grid)
    (verdict,) = verdicts(captured(step, align_corners=not made, grid_align_corners=made))
    assert (verdict.name, verdict.severity) == ("half-pixel-shift", "warning")
    assert verdict.numbers["pixels"] == pytest.approx(0.5, abs=0.02)
    assert f"affine_grid was called with align_corners={made}" in verdict.evidence
    assert names(captured(step, align_corners=made, grid_align_corners=made)) == []


class ByHand(nn.Module):
    """A translation whose grid is made with linspace, as in many tutorials."""

    def __init__(self, *, made: bool, read: bool, moves: bool = True) -> None:
        super().__init__()
        self.made, self.read, self.moves = made, read, moves
        self.predict = nn.Linear(24 * 24, 2)

    def forward(self, images: Tensor) -> Tensor:
        line = torch.linspace(-1, 1, 24) if self.made else (2 * torch.arange(24) + 1) / 24 - 1
        ys, xs = torch.meshgrid(line, line, indexing="ij")
        shift = self.predict(images.flatten(1)) if self.moves else torch.zeros(len(images), 2)
        grid = torch.stack([xs, ys], dim=-1) + shift[:, None, None]
        return F.grid_sample(images, grid, align_corners=self.read)


@pytest.mark.feature
@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("moves", [True, False])
def test_a_grid_made_by_hand_tells_its_convention_where_it_only_shifts(
    made: bool, moves: bool
) -> None:
    images = pictures(8, 1, 24, 24)

    def found(model: ByHand) -> list[str]:
        with stnviz.capture(model) as recording:
            model(images)
        (step,) = recording.trace.steps
        return names(replace(step, kind="warp"))

    ill, well = (found(ByHand(made=made, read=read, moves=moves)) for read in (not made, made))
    assert ill == (["half-pixel-shift"] if moves else ["identity", "half-pixel-shift"])
    assert well == ([] if moves else ["identity"])


@pytest.mark.feature
def test_a_network_that_only_scales_is_not_accused_of_a_shift() -> None:
    """A factor near 1 may be learned, but hardly one of 28/27 for every image."""
    rows = same(1.03, 0, 0, 0, 1.03, 0)
    rows[:, 0, 2] = torch.linspace(-0.3, 0.3, 8)
    assert names(captured(affine_step(rows))) == []


@pytest.mark.feature
def test_networks_of_this_package_have_one_convention() -> None:
    factor = 28 / 27
    rows = same(factor, 0, 0, 0, factor, 0)
    rows[:, 0, 2] = torch.linspace(-0.3, 0.3, 8)
    assert names(affine_step(rows)) == []
    assert names(captured(affine_step(rows))) == ["half-pixel-shift"]
