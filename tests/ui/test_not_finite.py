"""Trainings that diverge, as the pages show them."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stnviz.checkpoints.card import HISTORY
from stnviz.live.protocol import decode_answer, encode_answer
from stnviz.records import History
from stnviz.records.strict_json import read_json
from stnviz.runs.progress import PROGRESS_FILE, Progress, read_progress
from stnviz.ui.replay.glasses import NOT_FINITE
from stnviz.ui.replay.view import encode_history
from stnviz.ui.stage.model import library

HELD = ("mnist-r/st-cnn-affine", "glasses/st-gan-similarity", "colocalise-t/st-finder-attention")


@pytest.mark.feature
@pytest.mark.parametrize("name", HELD)
@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_history_that_diverges_is_replayed_as_not_finite(name: str, odd: float) -> None:
    card = library().cards()[name]
    history = History.load(library().folder(name) / HISTORY)
    last = history.snapshots[-1]
    broken = replace(
        last, loss=odd, error=odd, validation=odd,
        thetas=tuple(np.full_like(theta, odd) for theta in last.thetas),
        probabilities=np.full_like(last.probabilities, odd),
    )  # fmt: skip
    history = replace(history, snapshots=(*history.snapshots[:3], broken))
    sent = encode_history(history, dict(card.model), 300, True, card.data)
    head, _ = decode_answer(base64.b64decode(sent)[4:])
    assert head["loss"][-1] is None
    assert head["validation"][-1] is None
    assert head["shares"][-1][0] is None
    assert head["said"][-1][0] == NOT_FINITE
    assert not any(head["right"][-1])
    assert all(isinstance(loss, float) for loss in head["loss"][1:-1])


@pytest.mark.feature
def test_every_header_says_null_for_what_is_not_finite() -> None:
    head, _ = decode_answer(encode_answer({"a": [math.inf, {"b": math.nan}], "c": 1.5}, {}))
    assert (head["a"], head["c"]) == ([None, {"b": None}], 1.5)


@pytest.mark.feature
def test_progress_that_is_not_finite_can_be_read_by_any_program(tmp_path: Path) -> None:
    Progress("training", 3, 9, loss=math.inf, error=math.nan).write(tmp_path)
    assert read_json(tmp_path / PROGRESS_FILE)["loss"] is None
    assert "Infinity" not in (tmp_path / PROGRESS_FILE).read_text()
    assert json.loads((tmp_path / PROGRESS_FILE).read_text())["error"] is None
    found = read_progress(tmp_path)
    assert found is not None
    assert (found.loss, found.step) == (None, 3)
