"""What earlier versions have written, and links and options of before, are still understood."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file

from stnviz.checkpoints import old_names
from stnviz.checkpoints.card import CARD, CHECKPOINTS, PREDICTIONS, load_card, predictions_file
from stnviz.cli.options import Reproduce, Train, parse
from stnviz.experiments.recipe import Recipe
from stnviz.records import Predictions
from stnviz.runs.plan import PLAN_FILE, Plan, load_plan
from stnviz.runs.session import Session
from stnviz.runs.state import STATE_FILE
from tests.opening import open_page
from tests.small_training import digits, few_digits

__all__ = ["digits", "few_digits"]

OLD = {new: old for old, new in old_names.RECIPE.items()}
RECIPE = Recipe("mnist-r", 4, batch_size=8, learning_rate=0.01, ema_decay=0.5, gradient_clip=2.0)
PLAN = Plan("st-fcn", "affine", RECIPE)


def as_before(recipe: dict[str, object]) -> dict[str, object]:
    """A recipe as earlier versions wrote it."""
    return {OLD.get(name, name): value for name, value in recipe.items()}


@pytest.mark.feature
def test_an_old_plan_is_read(tmp_path: Path) -> None:
    PLAN.save(tmp_path)
    plain = json.loads((tmp_path / PLAN_FILE).read_text())
    plain["recipe"] = as_before(plain["recipe"])
    assert {"rate", "batch", "averaging", "clip", "start"} <= plain["recipe"].keys()
    (tmp_path / PLAN_FILE).write_text(json.dumps(plain))
    assert load_plan(tmp_path) == PLAN


OLD_RUNS = {
    "digits": (PLAN, {}, ()),
    "finder": (
        Plan("st-finder", "attention", replace(RECIPE, data="colocalise-t")),
        {},
        ("transform_options", "dropout"),
    ),
    "glasses": (
        Plan(
            "st-gan",
            "similarity",
            replace(RECIPE, data="glasses"),
            {"warps": 1, "width": 4, "critic_width": 4},
        ),
        {"update_penalty": "update_price"},
        ("dropout",),
    ),
}
"""Of each kind of network: a plan, old names in its config, and entries that did not exist."""


@pytest.mark.feature
@pytest.mark.parametrize("kind", OLD_RUNS)
@pytest.mark.usefixtures("few_digits")
def test_an_old_run_goes_on(kind: str, tmp_path: Path) -> None:
    plan, old, later = OLD_RUNS[kind]
    begun = Session(plan, tmp_path, device="cpu")
    for record in begun.run(every=1):
        if record.step == 2:
            begun.training.stop()
    path = tmp_path / STATE_FILE
    with safe_open(path, framework="pt") as file:
        meta = file.metadata()
    settings = json.loads(meta["settings"])
    settings["recipe"] = as_before(settings["recipe"])
    assert {*later, *old} <= settings["model"].keys()
    settings["model"] = {
        old.get(name, name): value for name, value in settings["model"].items() if name not in later
    }
    save_file(load_file(path), path, {**meta, "settings": json.dumps(settings)})
    again = Session(plan, tmp_path, device="cpu")
    assert again.training.done == 2
    list(again.run())
    assert again.training.finished


@pytest.mark.feature
def test_an_old_card_is_read_and_says_the_new_names(tmp_path: Path) -> None:
    shipped = CHECKPOINTS / "mnist-r" / "cnn"
    plain = json.loads((shipped / CARD).read_text())
    assert not plain["training"].keys() & old_names.RECIPE.keys()  # shipped ones were rewritten
    plain["training"] = as_before(plain["training"])
    (tmp_path / CARD).write_text(json.dumps(plain))
    assert load_card(tmp_path) == load_card(shipped)


@pytest.mark.feature
def test_an_old_card_of_a_compositor_is_read(tmp_path: Path) -> None:
    shipped = CHECKPOINTS / "glasses" / "st-gan-similarity"
    plain = json.loads((shipped / CARD).read_text())
    plain["model"]["update_price"] = plain["model"].pop("update_penalty")
    (tmp_path / CARD).write_text(json.dumps(plain))
    assert load_card(tmp_path) == load_card(shipped)


@pytest.mark.feature
def test_where_both_names_are_there_the_new_one_stands() -> None:
    found = old_names.renamed({"rate": 1, "learning_rate": 2, "seed": 3}, old_names.RECIPE)
    assert found == {"learning_rate": 2, "seed": 3}


@pytest.mark.feature
def test_old_predictions_are_read(tmp_path: Path) -> None:
    one = np.arange(3)
    new = Predictions(one, one, one > 1, np.zeros((3, 1, 4, 2), np.float32), "three")
    new.save(tmp_path / PREDICTIONS)
    arrays = load_arrays(tmp_path / PREDICTIONS)
    (tmp_path / PREDICTIONS).unlink()
    meta = {"format": "stnviz-survey-1", "source": "three"}
    save_arrays(arrays, tmp_path / old_names.PREDICTIONS, meta)
    assert predictions_file(tmp_path).name == "survey.safetensors"
    back = Predictions.load(predictions_file(tmp_path))
    assert (back.source, back.wrong.tolist()) == ("three", [False, False, True])


@pytest.mark.feature
@pytest.mark.parametrize("flag", ["--localisation-rate", "--localisation_rate"])
def test_an_old_option_works_and_says_its_new_name(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["train", "--data", "mnist-r", "--rate=0.25", flag, "0.5", "--start", "mnist-rts"]
    options = parse(line)
    assert isinstance(options, Train)
    assert (options.learning_rate, options.localisation_lr_ratio) == (0.25, 0.5)
    assert options.init_from == "mnist-rts"
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "--rate is now --learning-rate.",
        f"{flag} is now --localisation-lr-ratio.",
        "--start is now --init-from.",
    ]


@pytest.mark.feature
def test_old_options_of_other_commands_work_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["reproduce", "table1", "--report"])
    assert isinstance(options, Reproduce)
    assert options.report_only
    assert capsys.readouterr().err.splitlines() == ["--report is now --report-only."]


@pytest.mark.feature
@pytest.mark.parametrize(
    ("page", "query", "restored"),
    [
        ("train", {"rate": "0.25"}, {"learning_rate": "0.25"}),
        ("train", {"localisation_rate": "0.5"}, {"localisation_lr_ratio": "0.5"}),
        ("train", {"bend": "1.5"}, {"elastic_augmentation": "1.5"}),
        ("train", {"smoothing": "0.1"}, {"label_smoothing": "0.1"}),
        ("train", {"averaging": "0.5"}, {"ema_decay": "0.5"}),
        ("train", {"consistency": "2.0"}, {"consistency_weight": "2.0"}),
        ("train", {"start": "mnist-rts/cnn"}, {"init_from": "mnist-rts/cnn"}),
        (
            "train",
            {"pictures": "sequences", "network": "rnn-spn-d3", "trial": "0.2"},
            {"pictures": "sequences", "network": "rnn-spn-d3", "perturbation": "0.2"},
        ),
        ("steps", {"what": "sequences", "pieces": "3"}, {"distractors": "3"}),
        ("time_machine", {"run": "mnist-r/cnn", "moment": "3"}, {"snapshot": "3"}),
        ("attention", {"what": "colocalise-t", "moment": "2"}, {"snapshot": "2"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_old_links_are_restored_under_their_new_names(
    page: str,
    query: dict[str, str],
    restored: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    opened = open_page(page, query)
    assert not opened.exception
    assert not opened.toast
    address = opened.query_params
    assert {name: address[name] for name in restored} in (
        restored,
        {name: [value] for name, value in restored.items()},
    )
    assert (
        not (query.keys() - restored.keys())
        & {*old_names.RECIPE, "pieces", "moment"}
        & (address.keys())
    )


@pytest.mark.feature
def test_what_an_old_link_says_stands_where_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    page = open_page("train", {"rate": "0.25", "averaging": "0.5"})
    assert page.number_input(key="learning_rate").value == 0.25
    assert page.number_input(key="ema_decay").value == 0.5
