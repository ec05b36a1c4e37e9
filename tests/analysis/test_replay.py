"""The replay: thetas of a history become what the network saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stnviz.analysis.replay import replay
from stnviz.coordinates import sample
from stnviz.data.digits import gallery
from stnviz.records import History, Moment
from stnviz.transforms import TRANSFORMS, create_transform
from stnviz.transforms.thin_plate_spline import control_points

PICTURES, LATTICE = 3, 5


def history(*thetas: torch.Tensor) -> History:
    """The first digits of the gallery, and a moment for each theta (B, P)."""
    answers = np.full((PICTURES, 10), 0.1, np.float32)
    digits = gallery()
    return History(
        digits.images[:PICTURES, None], digits.labels[:PICTURES],
        tuple(Moment(k, 1.0, 0.5, 0.5, (t.numpy(),), answers) for k, t in enumerate(thetas)),
    )  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("pool", [1, 2])
def test_what_is_played_back_is_what_the_transformer_does(name: str, pool: int) -> None:
    transform = create_transform(name)
    rest = transform.identity().repeat(PICTURES, 1)
    moved = rest + 0.1 * torch.randn(rest.shape)
    run = history(rest, moved)
    played = replay(run, transform, (20, 24), LATTICE, pool=pool)
    assert played.lattices.shape == (2, PICTURES, LATTICE**2, 2)
    assert played.outputs.shape == (2, PICTURES, 20 // pool, 24 // pool)
    points = control_points(LATTICE)
    assert np.allclose(played.lattices[0], points, atol=1e-5)
    looks = transform.points(moved, points.expand(PICTURES, -1, 2))
    assert np.allclose(played.lattices[1], looks, atol=1e-6)
    images = torch.from_numpy(run.images).float() / 255
    read = F.avg_pool2d(sample(images, transform.grid(moved, (20, 24))), pool)[:, 0] * 255
    assert np.abs(played.outputs[1] - read.numpy()).max() <= 0.51
    for row, pose in zip(moved, played.poses[1], strict=True):
        assert pose == pytest.approx(transform.describe(row), abs=1e-4)


@pytest.mark.exception
@pytest.mark.parametrize("name", TRANSFORMS.names())
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_transformer_that_broke_is_played_back_all_the_same(name: str, number: float) -> None:
    transform = create_transform(name)
    theta = transform.identity().repeat(PICTURES, 1)
    theta[1] = number
    played = replay(history(theta), transform, (8, 8), LATTICE)
    assert [pose is None for pose in played.poses[0]] == [False, True, False]
    assert played.outputs[0, 1].max() == 0
    assert played.outputs[0, 0].max() > 0


@pytest.mark.feature
def test_each_of_several_transformers_is_played_back_for_itself() -> None:
    transform = create_transform("affine")
    first = transform.identity().repeat(PICTURES, 1)
    second = first * 0.5
    run = history(first)
    (moment,) = run.moments
    run = replace(run, moments=(replace(moment, thetas=(first.numpy(), second.numpy())),))
    scales = [
        replay(run, transform, (8, 8), LATTICE, index=index).poses[0][0] for index in range(2)
    ]
    assert [pose and pose["scale_x"] for pose in scales] == pytest.approx([1.0, 0.5])
