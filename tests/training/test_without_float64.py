"""What has to run on a device without float64, as an Apple GPU: every map, and a training step."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models import MODELS
from stnviz.training.loop import Training
from stnviz.transforms import TRANSFORMS, NotComposable, NotInvertible, create_transform
from tests.apple import apple
from tests.training.every_network import NETWORKS, SMALLEST, experiment_and_config


@pytest.mark.exception
def test_the_stand_in_refuses_float64_and_nothing_else() -> None:
    with apple() as device:
        here = torch.ones(2, requires_grad=True)
        there = here.to(device) * torch.arange(2.0, device=device)
        there.sum().backward()
        assert (there.device, there.tolist()) == (device, [0.0, 1.0])
        assert here.grad is not None
        assert here.grad.tolist() == [0.0, 1.0]
        assert there.cpu().double().dtype == torch.float64
        for ask in (there.double, lambda: torch.zeros(2, device=device, dtype=torch.float64)):
            with pytest.raises(TypeError, match="doesn't support float64"):
                ask()


@pytest.mark.law
@pytest.mark.parametrize("name", TRANSFORMS.names())
def test_a_transform_answers_there_what_it_answers_here(name: str) -> None:
    transform = create_transform(name)
    theta = transform.identity()[None] + 0.1 * torch.rand(2, transform.size)
    xy = torch.rand(2, 5, 2)
    grid, points = transform.grid(theta, (6, 5)), transform.points(theta, xy)
    with apple() as device:
        moved = theta.to(device).requires_grad_()
        again = transform.grid(moved, (6, 5))
        again.sum().backward()
        assert moved.grad is not None
        assert bool(moved.grad.isfinite().all())
        assert torch.allclose(again.detach().cpu(), grid, atol=1e-6)
        there = moved.detach()
        assert torch.allclose(transform.points(there, xy.to(device)).cpu(), points, atol=1e-6)
        assert transform.pose(there[0]) == transform.pose(theta[0])
        for ask in (
            lambda: transform.inverse(there),
            lambda: transform.compose(there, there),
            lambda: transform.matrix(there),
        ):
            try:
                found = ask()
            except (NotInvertible, NotComposable):
                continue
            assert found is None or found.device == device


@pytest.mark.cardinality
def test_every_family_of_networks_is_trained_there() -> None:
    assert sorted(SMALLEST) == sorted(MODELS.names())
    for family, data in SMALLEST.items():
        assert EXPERIMENTS.get(data).family == family


@pytest.mark.law
@pytest.mark.parametrize(("data", "name"), NETWORKS)
def test_a_step_of_training_is_made_there(
    data: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, config = experiment_and_config(data, name, monkeypatch)
    with apple() as device:
        pictures, _ = experiment.open("shown", tmp_path, device)
        network = experiment.build(config).to(device)
        training = Training(network, Recipe(data, 1, batch_size=2, precision="float32"), pictures)
        loss, wrong = training.step(0.001)
        assert (loss.device, wrong.device) == (device, device)
        assert bool(loss.isfinite())
