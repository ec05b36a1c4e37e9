"""How far a run has come, in a file that a page can read at any time."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stnviz.experiments.recipe import Recipe
from stnviz.records import Verdict
from stnviz.runs.plan import Plan
from stnviz.runs.progress import PROGRESS_FILE, Progress, read_progress
from stnviz.runs.session import Session


@pytest.mark.feature
def test_what_a_run_says_comes_back(tmp_path: Path) -> None:
    verdicts = (
        Verdict(
            "folded", 0.25, "It folds.", "A tenth.", "", "Bend less.", "warning", {"most": 0.1}
        ),
    )
    said = Progress("training", 3, 9, 0.5, 0.25, 12.0, 0.5, verdicts=verdicts)
    said.write(tmp_path)
    assert read_progress(tmp_path) == said
    assert said.process == os.getpid()


@pytest.mark.feature
def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Its verdicts had a name, a share and a sentence, and no more."""
    plain = {"name": "folded", "share": 0.25, "sentence": "It folds: bend less."}
    said = Progress("training", 3, 9, verdicts=(Verdict(**plain),))
    said.write(tmp_path)
    path = tmp_path / PROGRESS_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdicts": [plain]}))
    assert read_progress(tmp_path) == said


@pytest.mark.exception
@pytest.mark.parametrize(
    ("field", "value"), [("cure", 3), ("severity", "deadly"), ("numbers", []), ("share", 2)]
)
def test_a_verdict_that_cannot_be_is_as_if_nothing_was_said(
    field: str, value: object, tmp_path: Path
) -> None:
    Progress("training", 3, 9, verdicts=(Verdict("folded", 0.25, "It folds."),)).write(tmp_path)
    path = tmp_path / PROGRESS_FILE
    plain = json.loads(path.read_text())
    assert read_progress(tmp_path) is not None
    plain["verdicts"][0][field] = value
    path.write_text(json.dumps(plain))
    assert read_progress(tmp_path) is None


@pytest.mark.exception
@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"verdicts": [{}]}', '{"verdicts": [], "phase": "x"}']
)
def test_what_cannot_be_read_is_as_if_nothing_was_said(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / PROGRESS_FILE).write_text(text)
    assert read_progress(tmp_path) is None


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_a_run_says_at_every_record_how_far_it_is(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    for record in run.run(every=1):
        said = read_progress(tmp_path)
        assert said is not None
        assert (said.phase, said.step, said.steps) == ("training", record.step, 6)
        if record.step:
            assert (said.loss, said.error) == (record.loss, record.error)
            assert said.speed is not None
            assert said.left == pytest.approx((6 - record.step) / said.speed)
        else:
            assert (said.loss, said.error) == (None, None)
    said = read_progress(tmp_path)
    assert said is not None
    assert (said.phase, said.step) == ("measuring", 6)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_the_file_is_json_that_any_program_reads(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("fcn", None, recipe), tmp_path, device="cpu")
    for parameter in run.training.model.parameters():
        parameter.data.fill_(float("inf"))

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    for _ in run.run(every=1):
        json.loads((tmp_path / PROGRESS_FILE).read_text(), parse_constant=refuse)


@pytest.mark.feature
@pytest.mark.usefixtures("few_digits")
def test_faults_of_a_transformer_are_told(recipe: Recipe, tmp_path: Path) -> None:
    run = Session(Plan("st-fcn", "affine", recipe), tmp_path, device="cpu")
    transformer = run.training.model.get_submodule("transformer.localisation")
    head = list(transformer.modules())[-1]
    # The picture is read from right to left, whatever it shows.
    head.bias.data.copy_(head.bias.new_tensor([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))  # type: ignore[union-attr,operator]
    next(iter(run.run(every=1)))
    said = read_progress(tmp_path)
    assert said is not None
    assert [(verdict.name, verdict.share) for verdict in said.verdicts] == [("mirrored", 1.0)]
