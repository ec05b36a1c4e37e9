"""The networks on volumes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import stnviz
from stnviz.analysis.inspect import inspect
from stnviz.checkpoints.storage import load_checkpoint, save_checkpoint
from stnviz.data.volumes import SIDE
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models.volumes import VolumeNetwork
from stnviz.runs.plan import Plan
from stnviz.runs.session import Session

DATA = "mnist-volume"
NETWORKS = [("cnn", None), ("cnn-views", None), ("st-cnn", "affine-3d")]
every_network = pytest.mark.parametrize(("model", "transform"), NETWORKS)


def network(model: str, transform: str | None = None) -> VolumeNetwork:
    experiment = EXPERIMENTS.get(DATA)
    built = experiment.build(experiment.config(model, transform))
    assert isinstance(built, VolumeNetwork)
    return built.eval()


@pytest.mark.smoke
@every_network
def test_it_classifies_volumes_with_as_many_parameters_as_the_others(
    model: str, transform: str | None
) -> None:
    built = network(model, transform)
    output = built(torch.rand(2, 1, SIDE, SIDE, SIDE))
    assert output.logits.shape == (2, 10)
    assert len(output.steps) == (transform is not None)
    assert sum(one.numel() for one in built.parameters()) == pytest.approx(150_000, rel=0.02)


@pytest.mark.feature
def test_a_new_transformer_hands_on_the_volume_as_it_is() -> None:
    volumes = torch.rand(2, 1, SIDE, SIDE, SIDE)
    (step,) = network("st-cnn", "affine-3d")(volumes).steps
    assert step.transform == "affine-3d"
    assert step.grid.shape == (2, SIDE, SIDE, SIDE, 3)
    torch.testing.assert_close(step.output, volumes, rtol=0, atol=1e-5)


@pytest.mark.cardinality
def test_views_are_the_sums_along_depth_height_and_width() -> None:
    volumes = torch.rand(2, 1, SIDE, SIDE, SIDE)
    front, top, side = (volumes[:, 0].sum(dim=axis) / 8 for axis in (1, 2, 3))
    torch.testing.assert_close(network("cnn").flattened(volumes), front[:, None])
    torch.testing.assert_close(
        network("cnn-views").flattened(volumes), torch.stack([front, top, side], dim=1)
    )


@pytest.mark.feature
def test_a_gradient_reaches_the_localisation_network() -> None:
    built = network("st-cnn", "affine-3d")
    built(torch.rand(2, 1, SIDE, SIDE, SIDE)).logits.square().sum().backward()
    assert built.transformer is not None
    head = built.transformer.localisation[-1]
    assert head.weight.grad is not None
    assert float(head.weight.grad.abs().sum()) > 0


@pytest.mark.feature
@every_network
def test_it_is_rebuilt_from_its_folder(tmp_path: Path, model: str, transform: str | None) -> None:
    built, volumes = network(model, transform), torch.rand(1, 1, SIDE, SIDE, SIDE)
    save_checkpoint(tmp_path, built, family="volumes", data=DATA, training={}, metrics={})
    again = load_checkpoint(tmp_path)
    torch.testing.assert_close(again(volumes).logits, built(volumes).logits, rtol=0, atol=2e-3)


@pytest.mark.feature
def test_a_run_trains_records_and_can_be_loaded(tmp_path: Path) -> None:
    plan = Plan("st-cnn", "affine-3d", Recipe(DATA, 2, batch_size=4))
    session = Session(plan, tmp_path / "run", data_dir=tmp_path / "none", device="cpu")
    *_, last = session.run()
    assert last.step == 2
    trace = inspect(session.training.result, torch.rand(2, 1, SIDE, SIDE, SIDE))
    assert trace.steps[0].input.shape == (2, 1, SIDE, SIDE, SIDE)
    assert session.history.images.shape == (12, 1, SIDE, SIDE, SIDE)
    session.history.save(tmp_path / "history")
    again = type(session.history).load(tmp_path / "history")
    assert (again.images == session.history.images).all()


@pytest.mark.exception
def test_what_goes_with_pictures_alone_is_refused() -> None:
    wrong = Plan("st-cnn", "affine", Recipe(DATA, 2))
    assert any("choose one of affine-3d" in one for one in wrong.problems())
    wrong = Plan("st-cnn", "affine-3d", Recipe("mnist-r", 2))
    assert any("does not go with affine-3d" in one for one in wrong.problems())
    idle = Plan("st-cnn", "affine-3d", Recipe(DATA, 2, identity_penalty=1.0))
    assert any("means nothing on mnist-volume" in one for one in idle.problems())


@pytest.mark.feature
def test_capture_and_health_read_it_as_any_network() -> None:
    built, volumes = network("st-cnn", "affine-3d"), torch.rand(6, 1, SIDE, SIDE, SIDE)
    assert built.transformer is not None
    torch.nn.init.normal_(built.transformer.localisation[-1].weight, std=0.3)
    with stnviz.capture(built) as recording:
        built(volumes)
    (captured,), (own,) = recording.trace.steps, built(volumes).steps
    assert captured.transform == "affine-3d"
    assert captured.theta == pytest.approx(own.theta.detach().numpy(), abs=1e-4)
    assert captured.output.shape == (6, 1, SIDE, SIDE, SIDE)
    report = stnviz.health(recording.trace, built)
    assert [one.state for one in report.transformers] == ["alive"]
