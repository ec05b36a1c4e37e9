"""TensorBoard's event files: written beside the run, and gone on with."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from stnviz.checkpoints.card import CARD, STATE_FILE
from stnviz.experiments.recipe import Recipe
from stnviz.records import StepMetrics
from stnviz.runs.events import Events
from stnviz.runs.plan import Plan
from stnviz.runs.session import Session
from tests.running import cut_short

TAGS = {"loss", "error/train", "rate", "error/validation"}


def events(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0}).Reload()


def steps(folder: Path, tag: str) -> list[int]:
    return [event.step for event in events(folder).Scalars(tag)]


def next_second() -> None:
    """TensorBoard reads its files in the order of their names, which tell the second."""
    time.sleep(1.01 - time.time() % 1)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_curves_and_pictures_are_left_beside_the_run(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("st-fcn", "affine", recipe), tmp_path, device="cpu")
    records = {record.step: record for record in run.run(every=1)}
    said = events(tmp_path)
    assert set(said.Tags()["scalars"]) == TAGS
    assert {event.step: event.value for event in said.Scalars("loss")} == pytest.approx(
        {step: record.loss for step, record in records.items() if step}
    )
    assert [event.step for event in said.Scalars("error/validation")] == list(range(7))
    assert len(said.Tags()["images"]) >= 1
    (first, *_) = said.Tags()["images"]
    pictures = said.Images(first)
    assert [event.step for event in pictures] == list(range(7))
    # Twelve in rows of eight, each above what the transformer reads in it.
    assert {(event.width, event.height) for event in pictures} == {(8 * 28, 2 * 56)}


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_what_each_of_several_transformers_reads_is_left_too(
    recipe: Recipe, tmp_path: Path
) -> None:
    sums = replace(recipe, data="mnist-addition", steps=2)
    list(Session(Plan("2st-fcn", "affine", sums), tmp_path, device="cpu").run(every=1))
    said = events(tmp_path)
    (first, *_) = said.Tags()["images"]
    assert {(event.width, event.height) for event in said.Images(first)} == {(8 * 42, 2 * 3 * 42)}


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_network_without_a_transformer_has_curves_alone(recipe: Recipe, tmp_path: Path) -> None:
    list(Session(Plan("fcn", None, recipe), tmp_path, device="cpu").run(every=1))
    said = events(tmp_path)
    assert set(said.Tags()["scalars"]) == TAGS
    assert said.Tags()["images"] == []


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("at", [1, 3, 5])
def test_the_curves_of_a_resumed_run_have_every_step_once(
    at: int, recipe: Recipe, tmp_path: Path
) -> None:
    plan = Plan("fcn", None, recipe)
    cut_short(Session(plan, tmp_path, device="cpu"), at)
    next_second()
    list(Session(plan, tmp_path, device="cpu").run(every=1))
    assert steps(tmp_path, "loss") == [1, 2, 3, 4, 5, 6]
    assert steps(tmp_path, "error/validation") == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_what_was_lost_with_a_killed_process_is_struck_out(recipe: Recipe, tmp_path: Path) -> None:
    plan = Plan("fcn", None, recipe)
    cut_short(Session(plan, tmp_path, device="cpu"), 3)
    # As if it had been killed before its first state.
    (tmp_path / STATE_FILE).unlink()
    next_second()
    list(Session(plan, tmp_path, device="cpu").run(every=1))
    assert steps(tmp_path, "loss") == [1, 2, 3, 4, 5, 6]


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_loss_that_is_no_number_ends_no_run(recipe: Recipe, tmp_path: Path) -> None:
    wild = replace(recipe, learning_rate=1.0)
    run = Session(Plan("fcn", None, wild), tmp_path, device="cpu")
    for parameter in run.training.model.parameters():
        parameter.data.fill_(float("nan"))
    list(run.run(every=1))
    assert "loss" not in events(tmp_path).Tags()["scalars"]
    assert run.finish().metrics["error"] > 0.5


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_without_tensorboard_a_run_is_trained_all_the_same(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    list(run.run())
    run.finish()
    assert (tmp_path / CARD).exists()
    assert not list(tmp_path.glob("*tfevents*"))


@pytest.mark.feature
def test_a_network_learns_nothing_from_pictures_that_are_only_looked_at(tmp_path: Path) -> None:
    recipe = Recipe("colocalise-t", steps=1, batch_size=4)
    run = Session(Plan("st-finder", "attention", recipe), tmp_path, device="cpu")
    list(run.run())
    network = run.training.result
    network.train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    record = StepMetrics(1, 1, 1.0, 0.5, 1e-3, 0.0, run.history.snapshots[-1])
    written = Events(tmp_path / "again")
    written.record(record, run.history, network)
    written.close()
    assert events(tmp_path / "again").Tags()["images"]
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
