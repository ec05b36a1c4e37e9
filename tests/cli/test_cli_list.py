from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stnviz.cli import catalogue, main
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Experiment
from stnviz.experiments.digits import DigitExperiment
from stnviz.registry import Registry
from stnviz.runs.progress import duration
from stnviz.transforms import TRANSFORMS, VOLUME_TRANSFORMS

ROOT = Path(__file__).parents[2]


def listed(capsys: pytest.CaptureFixture[str], *line: str) -> list[dict[str, Any]]:
    assert main(["list", *line, "--json"]) == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return entries


@pytest.mark.cardinality
def test_transforms(capsys: pytest.CaptureFixture[str]) -> None:
    entries = listed(capsys, "transforms")
    names = *TRANSFORMS.names(), *VOLUME_TRANSFORMS.names()
    assert tuple(entry["name"] for entry in entries) == names
    assert [entry["dimensions"] for entry in entries] == [2] * len(TRANSFORMS) + [3]
    affine = next(entry for entry in entries if entry["name"] == "affine")
    assert len(affine["parameters"]) == 6
    assert set(affine["parameters"][0]) == {"name", "default", "low", "high", "unit", "help"}


@pytest.mark.cardinality
def test_data(capsys: pytest.CaptureFixture[str]) -> None:
    entries = {entry["name"]: entry for entry in listed(capsys, "data")}
    assert set(entries) == {*DISTORTIONS.names(), *DATA_SETS.names()}
    assert entries["mnist-addition"]["canvas"] == [42, 42]
    assert entries["mnist-tc"]["canvas"] == [60, 60]
    (angle,) = entries["mnist-r"]["parameters"]
    assert angle["trained"] == pytest.approx([-1.5708, 1.5708], abs=1e-4)


FEW = ("mnist-r", "mnist-tc", "mnist-addition", "numbers-64")
"""Data sets whose networks are counted in a few seconds."""


def only(data: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Registry[Experiment]:
    """Let these be the only experiments that are listed."""
    experiments: Registry[Experiment] = Registry("data set")
    for name in data:
        experiments.add(name, EXPERIMENTS.get(name))
    monkeypatch.setattr(catalogue, "EXPERIMENTS", experiments)
    return experiments


@pytest.mark.cardinality
@pytest.mark.parametrize(
    "data", [FEW, pytest.param(EXPERIMENTS.names(), marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_models(
    data: tuple[str, ...], trained: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    experiments = only(data, monkeypatch)
    root = trained.parents[1]
    listing = listed(capsys, "models", "--root", str(root))
    entries = {entry["name"]: entry for entry in listing if entry["family"] == "digits"}
    digits = [each for _, each in experiments if isinstance(each, DigitExperiment)]
    assert tuple(entries) == ("fcn", "cnn", "st-fcn", "st-cnn")
    assert len(entries["cnn"]["experiments"]) == len(digits)
    assert len(entries["st-cnn"]["experiments"]) == len(digits) * len(TRANSFORMS)
    budgets = {each.data: each.budget for each in digits}
    for entry in entries.values():
        for size in entry["experiments"]:
            budget = budgets[size["data"]]
            assert abs(size["parameters"] - budget) <= 0.02 * budget
    others = {(entry["family"], entry["name"]) for entry in listing} - {
        ("digits", n) for n in entries
    }
    assert ("addition", "2st-fcn") in others
    assert ("numbers", "st-cnn-multi") in others
    assert entries["st-cnn"]["title"] == "ST-CNN"
    assert entries["st-cnn"]["source"].startswith("Jaderberg et al. 2015")
    assert entries["st-cnn"]["checkpoints"] == ["mnist-r/st-cnn-affine"]


@pytest.mark.feature
def test_checkpoints_and_a_damaged_one(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained.parents[1], tmp_path / "all")
    for name, text in (("bad", "{"), ("odd", None)):
        (tmp_path / "all" / name).mkdir()
        card = text or json.dumps(
            {**json.loads((trained / "card.json").read_text()), "metrics": "good"}
        )
        (tmp_path / "all" / name / "card.json").write_text(card)
    assert main(["list", "checkpoints", "--json", "--root", str(tmp_path / "all")]) == 0
    said = capsys.readouterr()
    (entry,) = json.loads(said.out)
    assert entry["name"] == "mnist-r/st-cnn-affine"
    assert (entry["model"], entry["transform"], entry["count"]) == ("st-cnn", "affine", 300)
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["Skipped a checkpoint"] * 2
    assert "bad" in said.err
    assert "odd" in said.err


@pytest.mark.smoke
@pytest.mark.parametrize("what", ["transforms", "data", "models", "checkpoints"])
def test_text(
    what: str, trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only(FEW, monkeypatch)
    assert main(["list", what, "--root", str(trained.parents[1])]) == 0
    said = capsys.readouterr().out
    words = {
        "transforms": "thin-plate-spline: Thin-plate spline.",
        "data": "-180 to 180 degrees, trained -45 to 45 degrees.",
        "models": "st-cnn  affine",
        "checkpoints": "mnist-r/st-cnn-affine",
    }
    assert words[what] in said
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.exception
def test_folders_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "checkpoints", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("There are no checkpoints here")
    assert main(["list", "checkpoints", "--root", str(tmp_path / "no")]) == 2
    assert capsys.readouterr().err.endswith("name one that checkpoints lie in with --root.\n")


@pytest.mark.exception
@pytest.mark.parametrize("line", [[], ["sing"], ["list", "songs"], ["train", "--steps", "x"]])
def test_mistyped_commands_leave_with_2(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(line)
    assert left.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.smoke
def test_as_a_module_help_answers_without_torch() -> None:
    script = "import sys, stnviz.cli.options; print('torch' in sys.modules)"
    answers = [
        subprocess.run([sys.executable, *line], cwd=ROOT, capture_output=True, text=True)
        for line in (["-c", script], ["-m", "stnviz", "--help"], ["-m", "stnviz", "evaluate"])
    ]
    assert [answer.returncode for answer in answers] == [0, 0, 2]
    assert answers[0].stdout.strip() == "False"
    assert "train" in answers[1].stdout
    assert "Traceback" not in answers[2].stderr


@pytest.mark.feature
@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (7260, "2 h 01 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
