"""Runs that are interrupted and taken up again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stnviz.checkpoints.card import CARD, HISTORY, STATE_FILE, WEIGHTS
from stnviz.checkpoints.storage import as_stored, load_checkpoint
from stnviz.data.digits import Digits
from stnviz.experiments.recipe import Recipe
from stnviz.files import write_atomically, write_text
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.runs import session
from stnviz.runs.plan import PLAN_FILE, Plan
from stnviz.runs.progress import PROGRESS_FILE, read_progress
from stnviz.runs.session import Session
from stnviz.runs.state import CannotResume, load_state, save_state
from stnviz.training.loop import Training
from stnviz.training.probe import Probe
from tests.running import cut_short, pictures_of, same_arrays, same_weights


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize(
    ("model", "transform", "practice"),
    [
        ("st-cnn", "affine", {}),
        pytest.param("fcn", None, {}, marks=pytest.mark.slow),
        pytest.param("fcn", None, {"dropout": 0.5}, marks=pytest.mark.slow),
        pytest.param("st-fcn", "affine", {"ema_decay": 0.7}, marks=pytest.mark.slow),
        ("st-fcn", "affine", {"consistency_weight": 0.5, "identity_penalty": 0.1}),
        pytest.param("fcn", None, {"patience": 3}, marks=pytest.mark.slow),
        ("st-fcn", "similarity", {"patience": 2, "ema_decay": 0.5, "dropout": 0.2}),
    ],
)
@pytest.mark.parametrize("at", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_resumed_run_equals_an_uninterrupted_one(
    model: str, transform: str | None, practice: dict[str, float],
    at: int, recipe: Recipe, tmp_path: Path,
) -> None:  # fmt: skip
    plan = Plan(model, transform, replace(recipe, **practice))  # type: ignore[arg-type]
    whole = Session(plan, tmp_path / "whole", device="cpu")
    losses = {record.step: record.loss for record in whole.run(every=1)}

    first = Session(plan, tmp_path / "parts", device="cpu")
    begun = {record.step: record.loss for record in cut_short(first, at)}
    second = Session(plan, tmp_path / "parts", device="cpu")
    assert second.resumed
    assert not first.resumed
    assert second.training.done == at
    rest = {record.step: record.loss for record in second.run(every=1)}
    assert min(rest) == at + 1
    for step in range(1, max(losses) + 1):
        assert {**begun, **rest}[step] == losses[step]
    assert same_weights(second.training.model, whole.training.model)
    assert same_weights(second.training.result, whole.training.result)
    cards = [run.finish() for run in (whole, second)]
    assert cards[0].digest == cards[1].digest
    assert cards[0].training["ended_at"] == cards[1].training["ended_at"]
    histories = [load_file(tmp_path / name / HISTORY) for name in ("whole", "parts")]
    assert same_arrays(*histories)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_run_cut_short_before_its_first_step_sees_its_start_once(
    recipe: Recipe, tmp_path: Path
) -> None:
    plan = Plan("fcn", None, recipe)
    cut_short(Session(plan, tmp_path, device="cpu"), 0)
    again = Session(plan, tmp_path, device="cpu")
    list(again.run())
    assert [snapshot.step for snapshot in again.history.snapshots] == list(range(7))


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_whatever_ends_a_run_leaves_its_state(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    records = run.run(every=1)
    assert isinstance(records, Generator)
    for _ in range(3):
        next(records)
    with pytest.raises(KeyboardInterrupt):
        records.throw(KeyboardInterrupt)
    again = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    assert again.training.done == run.training.done == 2
    said = read_progress(tmp_path)
    assert said is not None
    assert (said.phase, said.step, said.steps) == ("stopped", 2, 6)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("where", ["update_parameters", "snapshot"])
def test_a_step_that_is_broken_off_is_done_neither_half_nor_twice(
    where: str, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second Ctrl-C raises wherever the run happens to be.
    plan = Plan("st-fcn", "affine", replace(recipe, ema_decay=0.5))
    whole = Session(plan, tmp_path / "whole", device="cpu")
    list(whole.run())
    broken = Session(plan, tmp_path / "parts", device="cpu")
    at_work = {"update_parameters": broken.training.average, "snapshot": Probe}[where]

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    records = broken.run(every=1)
    for _ in range(3):
        next(records)
    with monkeypatch.context() as pressed:
        pressed.setattr(at_work, where, interrupt)
        with pytest.raises(KeyboardInterrupt):
            next(records)
    again = Session(plan, tmp_path / "parts", device="cpu")
    list(again.run())
    assert same_weights(again.training.result, whole.training.result)
    steps = [[snapshot.step for snapshot in run.history.snapshots] for run in (whole, again)]
    assert steps[0] == steps[1]


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_state_is_left_along_the_way(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan("fcn", None, recipe)
    run = Session(plan, tmp_path / "seldom", device="cpu")
    there = {record.step: (run.folder / STATE_FILE).exists() for record in run.run(every=1)}
    assert there == dict.fromkeys(range(7), False)

    monkeypatch.setattr(session, "SAVE_EVERY", 0.0)
    run = Session(plan, tmp_path / "often", device="cpu")
    there = {record.step: (run.folder / STATE_FILE).exists() for record in run.run(every=1)}
    assert there == dict.fromkeys(range(7), True)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_finished_run_leaves_a_checkpoint_and_no_state(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("st-fcn", "attention", recipe), tmp_path, device="cpu")
    list(run.run())
    card = run.finish()
    names = {path.name for path in tmp_path.iterdir() if "tfevents" not in path.name}
    assert names == {CARD, WEIGHTS, HISTORY, PLAN_FILE, PROGRESS_FILE}
    assert (card.data, card.training["seed"], card.metrics["count"]) == ("mnist-r", 0, 200)
    assert card.training["computed_in"] == "float32"
    assert same_weights(load_checkpoint(tmp_path), as_stored(run.training.model))
    said = read_progress(tmp_path)
    assert said is not None
    assert (said.phase, said.step, said.left) == ("finished", 6, 0.0)


@pytest.mark.exception
@pytest.mark.usefixtures("few_digits")
def test_a_run_that_breaks_off_does_not_say_that_it_was_stopped(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    records = run.run(every=1)
    while next(records).step < 2:
        pass

    def fail(_rate: float) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(run.training, "step", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        next(records)
    said = read_progress(tmp_path)
    assert said is not None
    assert (said.phase, said.step) == ("training", 2)


@pytest.mark.feature
def test_without_a_state_a_run_begins_at_the_start(training: Training, tmp_path: Path) -> None:
    assert load_state(training, tmp_path) is False
    assert training.done == 0


@pytest.mark.exception
@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"steps": 7},
        {"learning_rate": 0.1},
        {"batch_size": 9},
        {"ema_decay": 0.5},
        {"patience": 2},
    ],
)
def test_another_recipe_is_not_resumed(
    training: Training, digits: Digits, recipe: Recipe, tmp_path: Path, change: dict[str, float]
) -> None:
    save_state(training, tmp_path)
    other = Training(training.model, replace(recipe, **change), pictures_of(digits))  # type: ignore[arg-type]
    ((name, value),) = change.items()
    said = rf"run with other settings \({name} {getattr(recipe, name)}, not {value}\)"
    with pytest.raises(CannotResume, match=said):
        load_state(other, tmp_path)


@pytest.mark.exception
def test_another_model_is_not_resumed(
    training: Training, digits: Digits, recipe: Recipe, tmp_path: Path
) -> None:
    save_state(training, tmp_path)
    wider = DigitNetwork(DigitConfig("st-fcn", (28, 28), 9, transform="affine"))
    with pytest.raises(CannotResume, match=r"run with other settings \(width 8, not 9\)"):
        load_state(Training(wider, recipe, pictures_of(digits)), tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("kept", [0, 5, 200, -10])
def test_a_damaged_state_is_not_resumed(training: Training, tmp_path: Path, kept: int) -> None:
    next(training.run(every=1))
    save_state(training, tmp_path)
    path = tmp_path / STATE_FILE
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CannotResume, match=f"cannot be read .* delete {STATE_FILE}"):
        load_state(training, tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("meta", [None, {"format": "stnviz-state-1"}])
def test_a_state_of_another_version_is_not_resumed(
    training: Training, tmp_path: Path, meta: dict[str, str] | None
) -> None:
    save_file({"model.weight": torch.zeros(1)}, tmp_path / STATE_FILE, meta)
    with pytest.raises(CannotResume, match=r"state of another version \((no name|stnviz-state-1);"):
        load_state(training, tmp_path)


@pytest.mark.feature
def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"

    def write(place: Path) -> None:
        place.write_text(text)

    for text in ("old", "new"):
        write_atomically(path, write)
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.feature
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f".file.{gone.pid}.7.tmp"
    in_hand = tmp_path / f".file.{os.getpid()}.7.tmp"
    for other in (left, in_hand):
        other.write_text("half of the n")
    write_text(path, "new")
    assert sorted(tmp_path.iterdir()) == sorted([path, in_hand])


@pytest.mark.exception
def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(place: Path) -> None:
        place.write_text("half of the n")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.exception
@pytest.mark.usefixtures("few_digits")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_in_the_place_of_a_state_is_not_waited_for(recipe: Recipe, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / STATE_FILE)
    with pytest.raises(CannotResume, match="no ordinary file"):
        Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
