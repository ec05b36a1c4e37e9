"""Plans and recipes: what is possible, and the file that a run begins from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from stnviz.experiments.recipe import HYPERPARAMETERS, MAX_SEED, Recipe
from stnviz.records import Parameter
from stnviz.runs.plan import PLAN_FILE, InvalidPlan, Plan, load_plan

RECIPE = Recipe("mnist-r", steps=10)


@pytest.mark.feature
@pytest.mark.parametrize(
    "plan",
    [
        Plan("fcn", None, RECIPE),
        Plan(
            "st-cnn",
            "thin-plate-spline",
            replace(RECIPE, learning_rate=0.1, patience=7, ema_decay=0.99),
        ),
    ],
)
def test_a_plan_comes_back_as_it_was_saved(plan: Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "run")
    assert load_plan(tmp_path / "run") == plan
    assert list(plan.problems()) == []


@pytest.mark.feature
def test_a_plan_has_a_name_for_its_network_and_its_cell() -> None:
    assert Plan("fcn", None, RECIPE).network == "fcn"
    assert Plan("st-cnn", "affine", RECIPE).cell == "mnist-r/st-cnn-affine"


@pytest.mark.exception
@pytest.mark.parametrize(
    ("model", "transform", "data", "sentence"),
    [
        ("rnn", None, "mnist-r", "Unknown model 'rnn': choose one of fcn, cnn, st-fcn, st-cnn."),
        ("cnn", "affine", "mnist-r", "cnn has no transformer: choose no transform."),
        ("st-fcn", None, "mnist-r", "st-fcn needs a transform: choose affine, for example."),
        ("st-fcn", "bend", "mnist-r", "Unknown transform 'bend': choose one of "),
        ("fcn", None, "mnist-x", "Unknown data 'mnist-x': choose one of mnist-r, "),
    ],
)
def test_what_does_not_fit_together_is_told_in_one_sentence(
    model: str, transform: str | None, data: str, sentence: str
) -> None:
    (problem,) = Plan(model, transform, replace(RECIPE, data=data)).problems()
    assert problem.startswith(sentence)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"steps": 0}, "Steps is 0: give at least 1."),
        ({"batch_size": -1}, "Batch size is -1: give at least 1."),
        ({"seed": -1}, "Seed is -1: give a whole number from 0 to "),
        ({"seed": MAX_SEED + 1}, "Seed is "),
    ],
)
def test_numbers_that_are_impossible_are_named(change: dict[str, int], start: str) -> None:
    (problem,) = replace(RECIPE, **change).problems()  # type: ignore[arg-type]
    assert problem.startswith(start)


@pytest.mark.law
@pytest.mark.parametrize("parameter", HYPERPARAMETERS, ids=lambda parameter: parameter.name)
def test_every_choice_is_kept_within_its_bounds(parameter: Parameter) -> None:
    whole = type(getattr(RECIPE, parameter.name)) is int

    def problems(value: float) -> list[str]:
        given = int(value) if whole else value
        return list(replace(RECIPE, **{parameter.name: given}).problems())  # type: ignore[arg-type]

    assert getattr(RECIPE, parameter.name) == parameter.default
    assert problems(parameter.low) == problems(parameter.high) == []
    beyond = [parameter.low - 1, 2 * parameter.high + 1]
    for value in beyond if whole else [*beyond, float("nan"), float("inf")]:
        (problem,) = problems(value)
        assert problem.endswith(f"give a number from {parameter.low:g} to {parameter.high:g}.")
    assert parameter.help.endswith(".")


@pytest.mark.exception
def test_a_folder_without_a_plan_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match="holds no run: start one there with its settings"):
        load_plan(tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe"])
def test_a_plan_that_is_no_json_is_refused(text: bytes, tmp_path: Path) -> None:
    (tmp_path / PLAN_FILE).write_bytes(text)
    with pytest.raises(InvalidPlan, match=r"cannot be read .*: write it anew"):
        load_plan(tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("plain", [[], "plan", {}, {"format": "stnviz-plan-9"}])
def test_a_plan_of_another_version_is_refused(plain: object, tmp_path: Path) -> None:
    (tmp_path / PLAN_FILE).write_text(json.dumps(plain))
    with pytest.raises(InvalidPlan, match=r"cannot be read .*this version reads stnviz-plan-1"):
        load_plan(tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("part", "entry"), [("recipe", "data"), ("recipe", "momentum"), ("plan", "author")]
)
def test_a_plan_with_unknown_or_missing_entries_is_refused(
    part: str, entry: str, tmp_path: Path
) -> None:
    Plan("fcn", None, RECIPE).save(tmp_path)
    plain = json.loads((tmp_path / PLAN_FILE).read_text())
    if entry == "data":
        del plain["recipe"]["data"]
    else:
        (plain["recipe"] if part == "recipe" else plain)[entry] = 1
    (tmp_path / PLAN_FILE).write_text(json.dumps(plain))
    with pytest.raises(InvalidPlan, match="missing, odd or unknown entries"):
        load_plan(tmp_path)


@pytest.mark.feature
def test_a_plan_is_readable_by_anybody(tmp_path: Path) -> None:
    plan = Plan("fcn", None, RECIPE)
    plan.save(tmp_path)
    plain = json.loads((tmp_path / PLAN_FILE).read_text())
    assert plain == {"format": "stnviz-plan-1", **asdict(plan)}
