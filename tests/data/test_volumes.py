"""Extruded digits in space."""

from __future__ import annotations

import math

import pytest
import torch

from stnviz.data.batches import Batches
from stnviz.data.digits import DIGIT, gallery, part_of_gallery
from stnviz.data.distortions import TURNED
from stnviz.data.volumes import SIDE, THICKNESS, extrude, render_volumes, rotation_about
from stnviz.transforms import VolumetricAffine

FEW = slice(0, 20)
CPU = torch.device("cpu")


def digits(count: int = 4) -> torch.Tensor:
    return torch.from_numpy(gallery().images[:count])[:, None].float() / 255


def upright(count: int = 4) -> torch.Tensor:
    return torch.eye(3).expand(count, 3, 3)


@pytest.mark.feature
def test_a_digit_that_faces_the_viewer_is_itself_in_every_slice_and_flattened() -> None:
    clean, volumes = digits(), extrude(digits(), upright())
    assert volumes.shape == (4, 1, SIDE, SIDE, SIDE)
    edge = (SIDE - DIGIT) // 2
    front = (SIDE - THICKNESS) // 2
    inside = volumes[:, 0, :, edge:-edge, edge:-edge]
    for depth in range(front, front + THICKNESS):
        torch.testing.assert_close(inside[:, depth], clean[:, 0], rtol=0, atol=1e-5)
    assert not inside[:, :front].any()
    assert not inside[:, front + THICKNESS :].any()
    flat = volumes.sum(dim=2)[:, :, edge:-edge, edge:-edge] / THICKNESS
    torch.testing.assert_close(flat, clean, rtol=0, atol=1e-5)


@pytest.mark.feature
@pytest.mark.parametrize(("axis", "planes"), [("x", (3, 2)), ("y", (2, 4)), ("z", (4, 3))])
def test_a_quarter_turn_is_that_of_the_array(axis: str, planes: tuple[int, int]) -> None:
    angles = {name: torch.zeros(4) for name in "xyz"} | {axis: torch.full((4,), math.pi / 2)}
    turned = extrude(digits(), rotation_about(**angles))
    # From the axis after it towards the one after that: y to z, z to x, x to y.
    expected = torch.rot90(extrude(digits(), upright()), 1, planes)
    torch.testing.assert_close(turned, expected, rtol=0, atol=1e-4)


@pytest.mark.feature
def test_ink_stays_inside_however_it_is_turned() -> None:
    some = digits(200)
    angles = math.pi * (2 * torch.rand(3, 200) - 1)
    ink = extrude(some, rotation_about(*angles)).sum(dim=(1, 2, 3, 4))
    whole = extrude(some, upright(200)).sum(dim=(1, 2, 3, 4))
    assert (ink / whole - 1).abs().max() < 0.03


@pytest.mark.feature
def test_the_true_theta_turns_a_digit_back() -> None:
    rotation = rotation_about(torch.tensor([0.5]), torch.tensor([-0.8]), torch.tensor([0.3]))
    theta = torch.cat([rotation, torch.zeros(1, 3, 1)], dim=2).flatten(1)
    pose = VolumetricAffine().describe(theta[0])
    assert [pose[f"{axis}_angle"] for axis in "xyz"] == pytest.approx([0.5, -0.8, 0.3], abs=1e-6)


@pytest.mark.feature
def test_a_source_draws_by_seed_and_step_and_tests_every_digit_once() -> None:
    source = Batches(part_of_gallery(FEW), TURNED, CPU, render=render_volumes)
    volumes, labels = source.draw(3, 1, 7)
    assert volumes.shape == (3, 1, SIDE, SIDE, SIDE)
    assert float(volumes.min()) >= 0
    assert float(volumes.max()) <= 1
    again, _ = source.draw(3, 1, 7)
    other, _ = source.draw(3, 1, 8)
    assert torch.equal(volumes, again)
    assert not torch.equal(volumes, other)
    every = torch.cat([labels for _, labels in source.once()])
    assert every.tolist() == gallery().labels[FEW].tolist()
    assert labels.dtype == torch.int64
