"""Runs that are interrupted and taken up again."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from stnviz.data.digits import Digits
from stnviz.models.digits import DigitConfig, DigitNetwork, Name
from stnviz.training import session
from stnviz.training.checkpoint import load_checkpoint
from stnviz.training.files import write_whole
from stnviz.training.loop import Recipe, Training
from stnviz.training.session import Session
from stnviz.training.state import STATE_FILE, CannotResume, load_state, save_state


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    """Bit for bit."""
    ours, theirs = first.state_dict(), second.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize(("model", "transform"), [("st-cnn", "affine"), ("fcn", None)])
def test_a_resumed_run_equals_an_uninterrupted_one(
    model: Name, transform: str | None, recipe: Recipe, tmp_path: Path
) -> None:
    whole = Session(model, transform, recipe, tmp_path / "whole", device="cpu")
    losses = [record.loss for record in whole.run(every=1)]

    first = Session(model, transform, recipe, tmp_path / "parts", device="cpu")
    records = first.run(every=1)
    begun = [next(records).loss for _ in range(3)]
    assert isinstance(records, Generator)
    records.close()
    second = Session(model, transform, recipe, tmp_path / "parts", device="cpu")
    assert second.resumed
    assert not first.resumed
    assert begun + [record.loss for record in second.run(every=1)] == losses
    assert same_weights(second.training.model, whole.training.model)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_whatever_ends_a_run_leaves_its_state(recipe: Recipe, tmp_path: Path) -> None:
    run = Session("fcn", None, recipe, tmp_path, device="cpu")
    records = run.run(every=1)
    assert isinstance(records, Generator)
    next(records)
    next(records)
    with pytest.raises(KeyboardInterrupt):
        records.throw(KeyboardInterrupt)
    again = Session("fcn", None, recipe, tmp_path, device="cpu")
    assert again.training.done == run.training.done == 2


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_state_is_left_along_the_way(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SAVE_EVERY", 2)
    run = Session("fcn", None, recipe, tmp_path, device="cpu")
    there = [(record.step, (tmp_path / STATE_FILE).exists()) for record in run.run(every=1)]
    assert there[:3] == [(1, False), (2, True), (3, True)]


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_finished_run_leaves_a_checkpoint_and_no_state(recipe: Recipe, tmp_path: Path) -> None:
    run = Session("st-fcn", "attention", recipe, tmp_path, device="cpu")
    list(run.run())
    card = run.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "weights.safetensors"]
    assert (card.data, card.training["seed"], card.metrics["count"]) == ("mnist-r", 0, 200)
    assert card.training["computed_in"] == "float32"
    assert same_weights(load_checkpoint(tmp_path), run.training.model)


@pytest.mark.feature
def test_without_a_state_a_run_begins_at_the_start(training: Training, tmp_path: Path) -> None:
    assert load_state(training, tmp_path) is False
    assert training.done == 0


@pytest.mark.exception
@pytest.mark.parametrize("change", [{"seed": 1}, {"steps": 7}, {"rate": 0.1}, {"batch": 9}])
def test_another_recipe_is_not_resumed(
    training: Training, digits: Digits, recipe: Recipe, tmp_path: Path, change: dict[str, float]
) -> None:
    save_state(training, tmp_path)
    other = Training(training.model, replace(recipe, **change), digits)  # type: ignore[arg-type]
    with pytest.raises(CannotResume, match="run with other settings"):
        load_state(other, tmp_path)


@pytest.mark.exception
def test_another_model_is_not_resumed(
    training: Training, digits: Digits, recipe: Recipe, tmp_path: Path
) -> None:
    save_state(training, tmp_path)
    wider = DigitNetwork(DigitConfig("st-fcn", (28, 28), 9, "affine"))
    with pytest.raises(CannotResume, match="run with other settings"):
        load_state(Training(wider, recipe, digits), tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("kept", [0, 5, 200, -10])
def test_a_damaged_state_is_not_resumed(training: Training, tmp_path: Path, kept: int) -> None:
    next(training.run(every=1))
    save_state(training, tmp_path)
    path = tmp_path / STATE_FILE
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CannotResume, match=f"cannot be read .* delete {STATE_FILE}"):
        load_state(training, tmp_path)


@pytest.mark.feature
def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"

    def write(place: Path) -> None:
        place.write_text(text)

    for text in ("old", "new"):
        write_whole(path, write)
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.exception
def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(place: Path) -> None:
        place.write_text("half of the n")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
