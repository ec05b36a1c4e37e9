"""The script that tries recipes: any cell, whole runs, and errors on images of no test set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stnviz.checkpoints.card import STATE_FILE
from stnviz.runs.plan import load_plan

ROOT = Path(__file__).parents[2]
CHANGES = ("steps=2", "batch_size=2", "learning_rate=0.01")


def tried(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "try_recipe.py"), *map(str, arguments)],
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.smoke
def test_a_try_is_a_run_that_can_be_finished(tmp_path: Path) -> None:
    said = [tried("numbers-64/cnn", *CHANGES, "--out", tmp_path) for _ in range(2)]
    assert [one.returncode for one in said] == [0, 0], said
    lines = [one.stdout.splitlines() for one in said]
    assert lines[0][-2].startswith("step 2 ")
    assert lines[0][-1].startswith("numbers-64/cnn steps=2 batch_size=2 learning_rate=0.01: ")
    assert lines[1] == lines[0][-1:]  # nothing was trained twice
    folder = tmp_path / "numbers-64" / "cnn" / "-".join(CHANGES)
    recipe = load_plan(folder).recipe
    assert (recipe.steps, recipe.batch_size, recipe.learning_rate) == (2, 2, 0.01)
    assert (folder / STATE_FILE).exists()


@pytest.mark.exception
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("mnist-r/snn",), "mnist-r/snn: give a cell of table1, attention, steps"),
        (("mnist-r/cnn", "step=3"), "step=3: write NAME=VALUE"),
        (("mnist-r/cnn", "steps"), "steps: write NAME=VALUE"),
    ],
)
def test_what_cannot_be_tried(arguments: tuple[str, ...], problem: str, tmp_path: Path) -> None:
    said = tried(*arguments, "--out", tmp_path)
    assert said.returncode == 1
    assert problem in said.stderr
    assert not any(tmp_path.iterdir())
