"""The earlier training that the Train page shows before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.checkpoints.card import Card
from stnviz.experiments.recipe import Recipe
from stnviz.runs import queue
from stnviz.runs.plan import Plan
from stnviz.ui.train.example import nearest
from tests.opening import open_page, texts


def card(data: str, name: str, transform: str | None) -> Card:
    model = {"name": name, "transform": transform}
    return Card("digits", model, data, {}, {}, {}, "")


CARDS = {
    "mnist-r/fcn": card("mnist-r", "fcn", None),
    "mnist-r/st-cnn-affine": card("mnist-r", "st-cnn", "affine"),
    "mnist-r/st-fcn-affine": card("mnist-r", "st-fcn", "affine"),
    "runs/mine": card("mnist-e", "st-cnn", "affine"),
}


@pytest.mark.feature
@pytest.mark.parametrize(
    ("data", "model", "transform", "found"),
    [
        ("mnist-r", "st-fcn", "affine", ("mnist-r/st-fcn-affine", True)),
        ("mnist-r", "st-cnn", "projective", ("mnist-r/st-cnn-affine", False)),
        ("mnist-r", "cnn", None, ("mnist-r/fcn", False)),
        ("mnist-e", "st-cnn", "affine", None),  # a run of one's own is not shipped
    ],
)
def test_the_nearest_shipped_network_of_the_same_data_is_shown(
    data: str, model: str, transform: str | None, found: tuple[str, bool] | None
) -> None:
    assert nearest(CARDS, Plan(model, transform, Recipe(data, 1))) == found


@pytest.mark.feature
def test_train_shows_an_earlier_training_until_something_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    monkeypatch.setattr(queue, "start_runner", lambda root: None)
    said = texts(open_page("train", {}))
    assert "An earlier training" in said
    assert "(Digits, rotated), shipped with stnviz. Press Start to train your own." in said
