"""A folder of traces as the time machine plays it."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stnviz
from stnviz.checkpoints.card import HISTORY
from stnviz.live.protocol import decode_answer
from stnviz.records import Array
from stnviz.records.windows import last_warps
from stnviz.ui.encoding import LATTICE
from stnviz.ui.replay.trace_player import MOST_TRACES, TracePlayer, square
from stnviz.ui.replay.watched import WatchedReplay, load_watched, watched_folders, watched_title
from stnviz.ui.stage import model as play
from tests.opening import opened, texts
from tests.watched import leave_traces


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs."""
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    return tmp_path


def decoded(replay: WatchedReplay) -> tuple[dict[str, Any], dict[str, Array]]:
    return decode_answer(base64.b64decode(replay.answer)[4:])


@pytest.mark.feature
def test_windows_come_from_the_grids_of_every_trace(tmp_path: Path) -> None:
    leave_traces(tmp_path, (0, 10, 30))
    replay = load_watched(tmp_path)
    assert (replay.snapshots, replay.pictures) == (3, 3)
    head, arrays = decoded(replay)
    assert head["steps"] == [0, 10, 30]
    assert head["total"] == 30
    # Six rows and nine columns lie on a square: half pictures are those of the longer side.
    assert arrays["images"].shape == (3, 9, 9)
    assert not arrays["images"][:, 0].any()
    assert arrays["lattices"].shape == (3, 1, 3, LATTICE**2, 2)
    corners = arrays["lattices"][:, 0, 0, [0, -1]]
    np.testing.assert_allclose(corners[0], [[-0.5, -1 / 3], [0.5, 1 / 3]], atol=1e-5)
    np.testing.assert_allclose(corners[2], [[-0.3, -1 / 3], [0.7, 1 / 3]], atol=1e-5)
    assert head["moved"] == [pytest.approx([0, 0.1, 0.2], abs=1e-5)]
    assert head["spread"] == [pytest.approx([0, 0, 0], abs=1e-5)]
    assert head["poses"][1][0] == pytest.approx(
        {"angle": 0, "scale_x": 0.5, "scale_y": 0.5, "shift_x": 0.1, "shift_y": 0}, abs=1e-3
    )
    assert arrays["outputs"].shape == (3, 3, 9, 9)


@pytest.mark.feature
def test_answers_are_read_with_and_without_labels(tmp_path: Path) -> None:
    leave_traces(tmp_path / "known", labels=(0, 1, 0))
    head, _ = decoded(load_watched(tmp_path / "known"))
    assert head["said"][2] == ["0", "1", "2"]
    assert head["right"][2] == [True, True, False]
    assert head["words"][2][2] == "This 0 is read as class 2, 100 % sure."
    leave_traces(tmp_path / "unknown", labels=None)
    head, _ = decoded(load_watched(tmp_path / "unknown"))
    assert head["words"][2][1] == "Picture 2 is read as class 1, 100 % sure."
    assert all(head["right"][2])
    assert head["labels"] == ["", "", ""]


@pytest.mark.feature
def test_transformers_that_nobody_samples_further_are_shown() -> None:
    images = np.random.default_rng(0).random((1, 3, 64, 64)).astype(np.float32)
    trace = stnviz.inspect(stnviz.load_model("numbers-64/st-cnn-multi-affine"), _tensor(images))
    assert [step.tick for step in last_warps(trace)] == [3]
    player = TracePlayer(1)
    player.add(0, trace)
    assert player.arrays()["lattices"].shape == (1, 1, 1, LATTICE**2, 2)


def _tensor(array: Array) -> Any:
    import torch

    return torch.from_numpy(array)


@pytest.mark.cardinality
def test_large_pictures_are_made_smaller_and_long_trainings_thinned(tmp_path: Path) -> None:
    assert square(np.full((500, 320, 3), 7, np.uint8), 160).shape == (125, 125, 3)
    assert square(np.full((4, 2_000, 1), 7, np.uint8), 160).max() == 7
    small = square(np.array([[[0], [2]], [[4], [6]]], np.uint8), 1)
    assert small.tolist() == [[[3]]]
    leave_traces(tmp_path, range(MOST_TRACES + 20), size=(2, 2))
    head, _ = decoded(load_watched(tmp_path))
    assert len(head["steps"]) == MOST_TRACES
    assert head["steps"][0] == 0
    assert head["steps"][-1] == MOST_TRACES + 19


@pytest.mark.exception
def test_damaged_and_foreign_traces_are_passed_over(tmp_path: Path) -> None:
    leave_traces(tmp_path)
    (tmp_path / "step-000010.trace").write_bytes(b"half a trace")
    leave_traces(tmp_path, (30,), size=(4, 4))
    assert decoded(load_watched(tmp_path))[0]["steps"] == [0, 20]
    leave_traces(tmp_path / "points", kind="points")
    with pytest.raises(ValueError, match="no transformer that warps pictures"):
        load_watched(tmp_path / "points")
    with pytest.raises(ValueError, match="there are no traces"):
        load_watched(tmp_path / "empty")


@pytest.mark.feature
def test_a_folder_is_read_again_when_a_trace_is_added(tmp_path: Path) -> None:
    leave_traces(tmp_path)
    first = load_watched(tmp_path)
    assert load_watched(tmp_path) == first
    leave_traces(tmp_path, (40,))
    assert load_watched(tmp_path).snapshots == 4


@pytest.mark.feature
def test_folders_below_that_of_the_runs_are_found(runs: Path) -> None:
    leave_traces(runs / "mine" / "first")
    leave_traces(runs / "second", (7_000,))
    (runs / "other").mkdir()
    found = watched_folders()
    assert list(found) == ["watched/mine/first", "watched/second"]
    assert found["watched/second"] == runs / "second"
    assert watched_title("watched/mine/first") == "mine/first, a watched training"


@pytest.mark.feature
def test_the_time_machine_offers_and_plays_them(runs: Path) -> None:
    leave_traces(runs / "mine")
    page = opened("time_machine", run="watched/mine", snapshot="1", picture="2")
    (choice,) = page.selectbox
    assert choice.value == "watched/mine"
    assert "mine, a watched training" in choice.options
    assert not page.error
    shutil.copy(play.library().folder("mnist-r/cnn") / HISTORY, runs / "mine" / "step-000000.trace")
    for path in runs.glob("mine/step-0000[12]0.trace"):
        path.unlink()
    page = opened("time_machine", run="watched/mine")
    assert "No trace of this folder can be played" in texts(page)
    assert "Watch the network again" in texts(page)
