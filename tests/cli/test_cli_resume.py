"""``train --resume``, what it refuses, and what training says along the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CARD, load_card
from stnviz.cli import main
from stnviz.cli.options import parse
from stnviz.cli.progress import ProgressLine
from stnviz.cli.train import plan_of
from stnviz.experiments.recipe import HYPERPARAMETERS, Recipe
from stnviz.records import Snapshot, StepMetrics, Verdict
from stnviz.runs.plan import PLAN_FILE, Plan, load_plan

Arguments = Callable[..., list[str]]
RECIPE = Recipe("mnist-r", steps=3, batch_size=8, precision="float32")


def refused(line: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The sentences of a command that cannot be carried out."""
    capsys.readouterr()
    assert main(line) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


@pytest.mark.feature
def test_a_plan_alone_is_enough_to_begin(data: Path, tmp_path: Path, arguments: Arguments) -> None:
    assert main(arguments(tmp_path / "asked", model="fcn", transform=None)) == 0
    Plan("fcn", None, RECIPE).save(tmp_path / "planned")
    line = ["train", "--resume", str(tmp_path / "planned"), "--device", "cpu", "--threads", "1"]
    assert main(line) == 0
    assert load_plan(tmp_path / "asked") == load_plan(tmp_path / "planned")
    digests = {load_card(tmp_path / name).digest for name in ("asked", "planned")}
    assert len(digests) == 1


@pytest.mark.exception
@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_a_plan_cannot_be_resumed(
    there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    if there:
        folder.mkdir()
    (sentence,) = refused(["train", "--resume", str(folder)], capsys)
    assert sentence == f"{folder} holds no run: start one there with its settings."
    assert folder.exists() is there
    assert not there or list(folder.iterdir()) == []


@pytest.mark.exception
@pytest.mark.parametrize("text", ["{", "[]", '{"format": "stnviz-plan-9"}'])
def test_a_plan_that_cannot_be_read_is_named(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / PLAN_FILE).write_text(text)
    (sentence,) = refused(["train", "--resume", str(tmp_path)], capsys)
    assert sentence.startswith(str(tmp_path / PLAN_FILE))


@pytest.mark.exception
@pytest.mark.parametrize(
    ("entry", "value"),
    [("data", "mnist-x"), ("steps", 0), ("batch_size", 0), ("learning_rate", -1)],
)
def test_a_plan_that_is_impossible_is_refused_in_a_sentence(
    entry: str, value: object, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Plan("fcn", None, RECIPE).save(tmp_path)
    plain = json.loads((tmp_path / PLAN_FILE).read_text())
    plain["recipe"][entry] = value
    (tmp_path / PLAN_FILE).write_text(json.dumps(plain))
    (sentence,) = refused(["train", "--resume", str(tmp_path), "--device", "cpu"], capsys)
    assert str(value) in sentence


@pytest.mark.exception
@pytest.mark.parametrize(
    "option",
    [
        ("--data", "mnist-r"), ("--model", "fcn"), ("--steps", "9"), ("--out", "elsewhere"),
        ("--transform", "affine"), ("--seed", "1"), ("--batch-size", "9"),
        ("--learning-rate", "0.1"),
        ("--ema-decay", "0.5"), ("--precision", "float32"),
    ],
)  # fmt: skip
def test_a_run_that_is_resumed_takes_no_other_settings(
    option: tuple[str, str], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Plan("fcn", None, RECIPE).save(tmp_path)
    line = ["train", "--resume", str(tmp_path), *option]
    (sentence,) = refused(line, capsys)
    assert sentence.startswith("--resume brings its own settings: leave out ")


@pytest.mark.exception
def test_a_finished_run_is_not_trained_anew_by_resuming_it(
    data: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (copied / CARD).read_bytes()
    (sentence,) = refused(["train", "--resume", str(copied), "--device", "cpu"], capsys)
    assert "holds a finished checkpoint" in sentence
    assert (copied / CARD).read_bytes() == before


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_what_is_missing_is_told_with_what_is_impossible(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentences = refused(["train", "--label-smoothing", "0.9", "--device", "tpu"], capsys)
    starts = ("No data is named", "No model is named", "--out is missing", "Steps is 0")
    starts += ("Label smoothing is 0.9", "There is no tpu device")
    for start in starts:
        assert sum(sentence.startswith(start) for sentence in sentences) == 1
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_what_is_missing_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    sentences = refused(["train", "--steps", "3"], capsys)
    starts = ("--out is missing", "No data is named", "No model is named")
    assert [sentence.partition(":")[0] for sentence in sentences] == list(starts)


@pytest.mark.law
@pytest.mark.parametrize("parameter", HYPERPARAMETERS, ids=lambda parameter: parameter.name)
def test_every_hyperparameter_is_an_option_and_lands_in_the_plan(
    parameter: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from stnviz.records import Parameter

    assert isinstance(parameter, Parameter)
    flag, value = "--" + parameter.name.replace("_", "-"), parameter.high
    text = f"{value:g}" if parameter.name != "patience" else str(int(value))
    options = parse(["train", "--data", "mnist-r", "--model", "fcn", "--steps", "3", flag, text])
    assert getattr(plan_of(options).recipe, parameter.name) == value  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    plain = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert parameter.help in plain


def record(step: int, *verdicts: str) -> StepMetrics:
    told = tuple(Verdict(name, 0.5, f"It is {name}.", cure="Mend it.") for name in verdicts)
    return StepMetrics(step, 9, 0.5, 0.25, 0.001, float(step), verdicts=told)


@pytest.mark.feature
def test_each_warning_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = ProgressLine(0)
    progress.show(record(1))
    progress.show(record(2, "mirrored"))
    progress.show(record(3, "mirrored", "constant"))
    progress.show(record(4, "constant"))
    said = capsys.readouterr().out
    assert said.count("Warning (50.00 % of the probe): It is mirrored. Mend it.") == 1
    assert said.count("It is constant.") == 1
    assert said.count("Warning") == 2
    assert said.count("step ") == 4


@pytest.mark.feature
def test_a_moment_adds_the_validation_error_to_the_line() -> None:
    import numpy as np

    nothing = np.zeros((1, 10), np.float32)
    seen = Snapshot(0, float("nan"), float("nan"), 0.9, (), nothing, ())
    first = StepMetrics(0, 9, float("nan"), float("nan"), 0.1, 0.0, seen)
    assert ProgressLine(0).line(first) == "step 0/9  validation 90.00 %"
    later = StepMetrics(3, 9, 0.5, 0.25, 0.1, 1.0, seen)
    assert ProgressLine(0).line(later).endswith("2 s left  validation 90.00 %")
    assert "validation" not in ProgressLine(0).line(record(3))


@pytest.mark.feature
def test_a_run_that_stops_early_says_so(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    line = arguments(
        tmp_path,
        "--patience",
        "2",
        "--learning-rate",
        "1e-6",
        "--steps",
        "60",
        model="fcn",
        transform=None,
    )
    assert main(line) == 0
    said = capsys.readouterr().out
    card = load_card(tmp_path)
    assert "Stopped early after step " in said
    assert card.training["ended_at"] < 60
    assert card.training["patience"] == 2
