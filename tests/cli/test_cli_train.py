from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

import stnviz.cli.train as command
from stnviz.checkpoints.card import STATE_FILE, load_card
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.cli import main
from stnviz.cli.options import Train
from stnviz.cli.progress import ProgressLine
from stnviz.cli.train import plan_of
from stnviz.data.image_source import ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Part
from stnviz.experiments.digits import DigitExperiment
from stnviz.experiments.recipe import Recipe
from stnviz.papers.defaults import RECIPES
from stnviz.records import StepMetrics
from stnviz.runs.plan import load_plan

ROOT = Path(__file__).parents[2]
Arguments = Callable[..., list[str]]


@pytest.mark.smoke
def test_train_leaves_a_checkpoint(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(arguments(out, "--every", "1", "--seed", "5")) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert [line.split()[1] for line in said.out.splitlines() if line.startswith("step")] == [
        "0/3",
        "1/3",
        "2/3",
        "3/3",
    ]
    for word in ("loss", "error", "rate", "it/s", "left"):
        assert word in said.out
    card = load_card(out)
    assert (card.data, card.training["seed"], card.training["steps"]) == ("mnist-r", 5, 3)
    assert load_checkpoint(out).config.name == "st-cnn"
    assert not (out / STATE_FILE).exists()


@pytest.mark.feature
def test_without_mnist_it_says_so_and_trains_on_the_gallery(
    no_mnist: None, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tmp_path / "run", model="fcn", transform=None)) == 0
    assert "Using 6,000 digits of the gallery inside stnviz instead." in capsys.readouterr().err
    assert load_card(tmp_path / "run").metrics["count"] == 2_000


@pytest.mark.feature
def test_what_is_missing_of_the_test_pictures_is_said_too(
    data: Path,
    tmp_path: Path,
    arguments: Arguments,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = DigitExperiment.open

    def with_a_gap(self: DigitExperiment, part: Part, *rest: Any) -> tuple[ImageSource, str | None]:
        pictures, _ = opened(self, part, *rest)
        return pictures, "One picture does not decode and is left out." if part == "test" else None

    monkeypatch.setattr(DigitExperiment, "open", with_a_gap)
    assert main(arguments(tmp_path / "run", model="fcn", transform=None)) == 0
    assert capsys.readouterr().err == "One picture does not decode and is left out.\n"


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_every_impossible_setting_is_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "train --data mnist-x --model rnn --transform bend --steps 0 --batch-size 0"
    line += " --learning-rate nan --localisation-lr-ratio -1 --precision half --device tpu"
    line += " --threads 0 --seed -1 --every 0"
    assert main([*line.split(), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    sentences = said.err.splitlines()
    assert len(sentences) == 12
    assert sentences[0].startswith("Unknown data 'mnist-x': choose one of mnist-r, mnist-rts,")
    assert sentences[1].startswith("Unknown model 'rnn': choose one of fcn, cnn, st-fcn, st-cnn,")
    assert "affine" in sentences[2]
    assert "thin-plate-spline" in sentences[2]
    starts = ("Steps is 0", "Batch size is 0", "Seed is -1", "Unknown precision 'half'")
    starts += (
        "Learning rate is nan",
        "Localisation learning rate ratio is -1",
        "--every is 0",
        "--threads is 0",
        "There is no tpu",
    )
    for sentence, start in zip(sentences[3:], starts, strict=True):
        assert sentence.startswith(start)
        assert sentence.endswith(".")
    assert not (tmp_path / "run").exists()


@pytest.mark.exception
@pytest.mark.parametrize(
    ("model", "transform", "sentence"),
    [
        ("cnn", "affine", "cnn has no transformer: choose no transform."),
        ("st-fcn", None, "st-fcn needs a transform: choose affine, for example."),
    ],
)
def test_transform_and_model_must_fit(
    model: str, transform: str | None, sentence: str,
    tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main(arguments(tmp_path, model=model, transform=transform)) == 2
    assert capsys.readouterr().err == sentence + "\n"


@pytest.mark.exception
def test_a_finished_checkpoint_is_not_written_over(
    trained: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (trained / "card.json").read_bytes()
    assert main(arguments(trained)) == 2
    assert "holds a finished checkpoint: choose another folder" in capsys.readouterr().err
    assert (trained / "card.json").read_bytes() == before


@pytest.mark.exception
def test_a_file_in_the_way_is_named(
    tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(arguments(tmp_path / "file" / "run")) == 2
    assert capsys.readouterr().err.strip().endswith("is a file: choose another folder with --out.")


def interrupt_after(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the progress line of ``step`` be followed by a Ctrl-C."""
    show = ProgressLine.show

    def press(self: ProgressLine, record: StepMetrics) -> None:
        show(self, record)
        if record.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ProgressLine, "show", press)


@pytest.mark.feature
def test_ctrl_c_keeps_the_state_and_the_same_command_ends_the_same(
    data: Path, trained: Path, tmp_path: Path, arguments: Arguments,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "run"
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as pressed:
        interrupt_after(1, pressed)
        assert main(arguments(out, "--every", "1")) == 130
    said = capsys.readouterr()
    assert said.err == (
        f"Stopped after step 1: its state is kept in {out}, "
        "and the same command goes on from there.\n"
    )
    with safe_open(out / STATE_FILE, framework="numpy") as file:
        assert file.metadata()["done"] == "1"
    assert signal.getsignal(signal.SIGINT) is before

    assert main(arguments(out)) == 0
    assert f"Going on after step 1 with the state in {out}." in capsys.readouterr().out
    assert load_card(out).digest == load_card(trained).digest


@pytest.mark.feature
def test_ctrl_c_while_loading_ends_in_a_sentence(
    tmp_path: Path, arguments: Arguments,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def loading(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "Session", loading)
    assert main(arguments(tmp_path / "run")) == 130
    assert capsys.readouterr().err.startswith("Interrupted before the first step: nothing was kept")


@pytest.mark.exception
def test_a_state_of_other_settings_is_refused(
    data: Path, tmp_path: Path, arguments: Arguments,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with monkeypatch.context() as pressed:
        interrupt_after(1, pressed)
        assert main(arguments(tmp_path, "--every", "1")) == 130
    capsys.readouterr()
    assert main(arguments(tmp_path, "--seed", "1")) == 2
    assert "state of a run with other settings" in capsys.readouterr().err
    (tmp_path / STATE_FILE).write_bytes(b"damaged")
    assert main(arguments(tmp_path)) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.exception
@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("mnist-r", "backbone=resnet18", "backbone cannot be changed: choose one of pool, width"),
        ("mnist-r", "width=big", "width is 'big': give it as a whole number"),
        ("mnist-r", "width", "give it as KEY=VALUE"),
        ("birds", "backbone=resnut18", "Unknown backbone 'resnut18'"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    name: str, change: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", name, "--model", "cnn", "--steps", "1", "--out", str(tmp_path / "run")]
    assert main(["train", *options, "--network", change]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1


@pytest.mark.feature
def test_a_network_is_changed_as_it_is_asked(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ["--data", "mnist-r", "--model", "fcn", "--steps", "1", "--out", str(out)]
    assert main(["train", *options, "--network", "width=7", "--data-dir", str(data)]) == 0
    assert load_card(out).model["width"] == 7
    assert load_plan(out).changes == {"width": 7}


@pytest.mark.exception
@pytest.mark.parametrize(("name", "where"), [("cub", "caltech"), ("svhn-64", "stanford")])
def test_pictures_that_are_not_here_are_asked_for_in_a_sentence(
    name: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path))
    out = str(tmp_path / "run")
    assert main(["train", "--data", name, "--model", "cnn", "--steps", "1", "--out", out]) == 2
    said = capsys.readouterr().err
    assert where in said
    assert said.count("\n") == 1


@pytest.mark.feature
def test_a_terminal_gets_one_line_in_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress = ProgressLine(0)
    for step in (1, 2):
        progress.show(StepMetrics(step, 4, 0.5, 0.25, 0.001, float(step)))
    progress.end()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.count("\r") == 2


@pytest.mark.feature
def test_time_left_counts_this_run_only() -> None:
    line = ProgressLine(100).line(StepMetrics(200, 1200, 0.5, 0.25, 0.001, 10.0))
    assert "10.0 it/s  1 min 40 s left" in line
    assert "error 25.00 %" in line


@pytest.mark.law
@pytest.mark.parametrize("data", EXPERIMENTS.names())
def test_what_is_left_out_is_as_usual_for_the_pictures(data: str) -> None:
    plan = plan_of(Train(data=data, model="cnn", steps=7))
    assert plan.recipe == replace(RECIPES.get(data, Recipe(data, 7)), steps=7)
    told = plan_of(
        Train(data=data, model="cnn", steps=7, batch_size=9, learning_rate=0.5, dropout=0.0)
    )
    assert told.recipe == replace(plan.recipe, batch_size=9, learning_rate=0.5, dropout=0.0)


@pytest.mark.law
def test_the_backend_trains_without_command_line_or_screen() -> None:
    script = (
        "import sys; import stnviz.runs.session;"
        "print([m for m in ('streamlit', 'tyro', 'pydantic', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
