"""The examples run as they are, from a folder of their own, and give what they promise."""

from __future__ import annotations

import csv
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stnviz import create_transform, load_trace
from stnviz.data.digits import gallery

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MOST_LINES = 30


Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an example in the test's folder; returns what it prints."""

    def run(name: str, *arguments: str) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.law
def test_every_example_is_short_and_tested_here() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    assert len(EXAMPLES) >= 4
    for path in EXAMPLES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path.name
        assert f'run("{path.name}"' in own, f"{path.name} is not run"


@pytest.mark.feature
def test_a_dropped_in_transformer_trains(run: Run) -> None:
    later = float(run("drop_in.py", "60").split()[1].strip(","))
    assert later < 0.85 * np.log(10)  # what knows nothing of ten digits begins with


@pytest.mark.feature
def test_a_network_of_ones_own_is_looked_into(run: Run, tmp_path: Path) -> None:
    said = run("your_own_network.py", "own.trace")
    assert "your_own_network.py:23" in said
    assert "half-pixel-shift" in said
    (step,) = load_trace(tmp_path / "own.trace").steps
    assert step.call is not None
    assert step.call.grid_align_corners is not step.call.align_corners


@pytest.mark.feature
def test_a_checkpoint_is_looked_into_and_drawn(run: Run, tmp_path: Path) -> None:
    said = run("checkpoint.py", "seen.png")
    assert said.startswith("read as [")
    with Image.open(tmp_path / "seen.png") as picture:
        assert picture.size[0] > picture.size[1]
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 100
    trace = load_trace(tmp_path / "seen.png.safetensors")
    assert trace.images.shape == (8, 1, 28, 28)
    # A quarter turn is at the rim of what it was trained on: it turns some of the way back.
    a, b, _, c, d, _ = trace.steps[0].theta.T
    assert np.degrees(np.arctan2(c - b, a + d)).mean() < -25


@pytest.mark.feature
def test_theta_of_a_folder_comes_as_csv(run: Run, tmp_path: Path) -> None:
    for index in (0, 1):
        Image.fromarray(gallery().images[index]).save(tmp_path / f"{index}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    said = run("theta_of_a_folder.py", str(tmp_path))
    rows = list(csv.DictReader(said.splitlines()))
    assert [row["file"] for row in rows] == ["0.png", "1.png"]
    names = [parameter.name for parameter in create_transform("affine").parameters]
    assert list(rows[0])[3:] == names
    assert all(np.isfinite(float(row[name])) for row in rows for name in names)


@pytest.mark.exception
def test_a_folder_without_images_says_so(tmp_path: Path) -> None:
    """In a process of its own, as they are meant to be run."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "theta_of_a_folder.py"), "."], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "holds no PNG" in done.stderr


@pytest.mark.slow
@pytest.mark.feature
def test_boxes_of_windows_lie_in_the_picture(run: Run) -> None:
    lines = [line.split() for line in run("boxes.py").splitlines()]
    assert [(line[1], line[3]) for line in lines[:4]] == [
        ("0", "A"),
        ("1", "A"),
        ("2", "A"),
        ("0", "B"),
    ]
    assert len(lines) == 12
    boxes = np.array([line[4:] for line in lines], float)
    assert (boxes >= 0).all()
    assert (boxes <= 224).all()
    sizes = boxes[:, 2:] - boxes[:, :2]
    assert (sizes > 20).all()
    assert (sizes <= 112.1).all()  # windows are half as wide as the picture, cut at its rim
