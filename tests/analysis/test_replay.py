"""The replay: thetas of a history become what the network saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stnviz.analysis.replay import flatten_probe, flatten_windows, replay, sample_windows
from stnviz.coordinates import sample
from stnviz.data.digits import gallery
from stnviz.records import History, Snapshot
from stnviz.transforms import TRANSFORMS, create_transform
from stnviz.transforms.thin_plate_spline import control_points

PICTURES, LATTICE = 3, 5


def history(*thetas: torch.Tensor) -> History:
    """The first digits of the gallery, and a snapshot for each theta (B, P)."""
    answers = np.full((PICTURES, 10), 0.1, np.float32)
    digits = gallery()
    return History(
        digits.images[:PICTURES, None],
        digits.labels[:PICTURES],
        tuple(
            Snapshot(k, 1.0, 0.5, 0.5, (t.numpy(),), answers, (0,)) for k, t in enumerate(thetas)
        ),
    )


@pytest.mark.oracle
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("pool", [1, 2])
def test_what_is_played_back_is_what_the_transformer_does(name: str, pool: int) -> None:
    transform = create_transform(name)
    rest = transform.identity().repeat(PICTURES, 1)
    moved = rest + 0.1 * torch.randn(rest.shape)
    run = history(rest, moved)
    played, outputs = (
        replay(run, transform, LATTICE),
        sample_windows(run, transform, (20, 24), pool=pool),
    )
    assert played.lattices.shape == (2, 1, PICTURES, LATTICE**2, 2)
    assert outputs.shape == (2, PICTURES, 20 // pool, 24 // pool)
    points = control_points(LATTICE)
    assert np.allclose(played.lattices[0], points, atol=1e-5)
    looks = transform.points(moved, points.expand(PICTURES, -1, 2))
    assert np.allclose(played.lattices[1, 0], looks, atol=1e-6)
    images = torch.from_numpy(run.images).float() / 255
    seen = F.avg_pool2d(sample(images, transform.grid(moved, (20, 24))), pool)[:, 0] * 255
    assert np.abs(outputs[1] - seen.numpy()).max() <= 0.51
    for row, pose in zip(moved, played.poses[1], strict=True):
        assert pose == pytest.approx(transform.describe(row), abs=1e-4)


@pytest.mark.exception
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_transformer_that_broke_is_played_back_all_the_same(name: str, number: float) -> None:
    transform = create_transform(name)
    theta = transform.identity().repeat(PICTURES, 1)
    theta[1] = number
    played = replay(history(theta), transform, LATTICE)
    assert [pose is None for pose in played.poses[0]] == [False, True, False]
    outputs = sample_windows(history(theta), transform, (8, 8))
    assert outputs[0, 1].max() == 0
    assert outputs[0, 0].max() > 0


def with_two(ticks: tuple[int, int]) -> History:
    """A snapshot of two transformers, one that looks at half the picture, one at its right half."""
    half = torch.tensor([[0.5, 0, 0, 0, 0.5, 0]]).repeat(PICTURES, 1)
    right = torch.tensor([[0.5, 0, 0.5, 0, 1, 0]]).repeat(PICTURES, 1)
    run = history(half)
    (snapshot,) = run.snapshots
    thetas = (half.numpy(), right.numpy())
    return replace(run, snapshots=(replace(snapshot, thetas=thetas, ticks=ticks),))


@pytest.mark.feature
def test_transformers_side_by_side_have_windows_of_their_own() -> None:
    played = replay(with_two((0, 0)), create_transform("affine"), 2)
    assert played.lattices.shape == (1, 2, PICTURES, 4, 2)
    assert played.lattices[0, :, 0, 0].tolist() == [[-0.5, -0.5], [0, -1]]
    assert played.poses == []


@pytest.mark.feature
def test_one_transformer_after_another_is_played_back_through_both() -> None:
    played = replay(with_two((0, 1)), create_transform("affine"), 2)
    assert played.lattices.shape == (1, 1, PICTURES, 4, 2)
    assert played.lattices[0, 0, 0].tolist() == [[0, -0.5], [0.5, -0.5], [0, 0.5], [0.5, 0.5]]


@pytest.mark.oracle
def test_volumes_are_played_back_flat() -> None:
    volumes = torch.zeros(PICTURES, 1, 6, 8, 10)
    volumes[:, :, 2:4, 2:5, 3:7] = 1
    rest = create_transform("affine-3d").identity().repeat(PICTURES, 1)
    moved = rest + 0.1 * torch.randn(rest.shape)
    run = replace(history(rest, moved), images=(255 * volumes).to(torch.uint8).numpy())
    flat = volumes.sum(dim=2)[:, 0] / 2
    assert np.abs(flatten_probe(run, 2) - 255 * flat.numpy()).max() <= 0.51
    played = flatten_windows(run, create_transform("affine-3d"), 2)
    assert played.shape == (2, PICTURES, 8, 10)
    assert np.abs(played[0] - 255 * flat.numpy()).max() <= 1.0
    grid = create_transform("affine-3d").grid(moved, (6, 8, 10))
    seen = (sample(volumes, grid).sum(dim=2)[:, 0] / 2).clamp(0, 1) * 255
    assert np.abs(played[1] - seen.numpy()).max() <= 0.51
