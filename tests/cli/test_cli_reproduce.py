"""``reproduce``: a table trained anew, and reported in three forms."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

import stnviz.cli.reproduce as command
from stnviz.checkpoints.card import CARD, load_card
from stnviz.cli import main
from stnviz.cli.options import Reproduce
from stnviz.cli.table import as_markdown, as_text, summary
from stnviz.experiments.recipe import Recipe
from stnviz.papers import recurrent as again
from stnviz.papers.cells import Cell
from stnviz.papers.report import Result
from stnviz.papers.table1 import CELLS
from stnviz.registry import Registry
from stnviz.runs.launch import LOG_FILE
from stnviz.runs.lock import hold
from stnviz.runs.plan import Plan, load_plan
from tests.lives import begin

FCN, CNN = "mnist-r/fcn", "mnist-r/cnn"
RESULTS = [
    Result(FCN, 0.021, 0.0189, (0.0189,)),
    Result(CNN, 0.012, 0.015, (0.014, 0.016)),
    Result("mnist-rts/fcn", 0.052, 0.06, (0.06,)),
    Result("mnist-tc/st-cnn-affine", 0.017, None, ()),
]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Registry[Cell]:
    """Two cells of the table, with a recipe of three steps."""
    cells: Registry[Cell] = Registry("cell")
    for name in (FCN, CNN):
        cell = CELLS.get(name)
        recipe = replace(cell.plan.recipe, steps=3, batch_size=8, precision="float32")
        cells.add(name, replace(cell, plan=replace(cell.plan, recipe=recipe)))
    monkeypatch.setitem(command.TABLES, "table1", cells)
    return cells


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Runs are forked instead of started; which ones."""
    launched: list[Path] = []

    def launch(
        folder: Path, *options: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        launched.append(folder)
        line = ["train", "--resume", str(folder), *options]
        process = begin(line, folder / LOG_FILE, environment=environment)

        process.poll = lambda: process.exitcode  # type: ignore[attr-defined]
        return process  # type: ignore[return-value]

    # What it returns is no Popen, but is asked in the same way.
    monkeypatch.setattr(command, "launch", launch)
    monkeypatch.setattr(command.Crew, "_launch", _launch)
    return launched


def _launch(self: command.Crew, folder: Path, _place: int) -> subprocess.Popen[bytes]:
    return command.launch(folder, "--device", self.options.device, "--threads", "1")


def table1(out: Path, *more: str) -> list[str]:
    return ["reproduce", "table1", "--out", str(out), "--device", "cpu", *more]


@pytest.mark.feature
@pytest.mark.usefixtures("data", "short", "unchecked")
def test_a_cell_is_trained_once_and_reported(
    quick: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = table1(tmp_path, "--cells", FCN)
    assert main(line) == 0
    said = capsys.readouterr()
    assert quick == [tmp_path / FCN]
    assert said.err.startswith("0 of 1 runs are done; 1 to go.\n")
    card = load_card(tmp_path / FCN)
    assert f"{FCN}: finished, error {100 * card.metrics['error']:.2f} %" in said.err
    assert f"{100 * card.metrics['error']:.2f} / 2.1" in said.out
    before = (tmp_path / FCN / CARD).stat().st_mtime_ns

    assert main(line) == 0
    said = capsys.readouterr()
    assert said.err == "1 of 1 runs are done; 0 to go.\n"
    assert quick == [tmp_path / FCN]
    assert (tmp_path / FCN / CARD).stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.feature
@pytest.mark.usefixtures("data", "short", "unchecked")
def test_every_cell_is_trained_with_every_seed_side_by_side(
    quick: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(table1(tmp_path, "--num-seeds", "2", "--jobs", "2", "--json")) == 0
    results = json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in quick) == ["cnn", "cnn-seed1", "fcn", "fcn-seed1"]
    assert [result["cell"] for result in results] == [FCN, CNN]
    for result in results:
        assert len(result["errors"]) == 2
        assert result["here"] == pytest.approx(sum(result["errors"]) / 2)
        assert result["reached"] is False
        assert result["behind"] == pytest.approx(result["here"] - result["paper"])
    seeds = [load_card(path).training["seed"] for path in sorted(quick)]
    assert seeds == [0, 1, 0, 1]


@pytest.mark.slow
@pytest.mark.exception
@pytest.mark.usefixtures("data", "short", "unchecked")
def test_a_run_that_cannot_be_trained_fails_by_name_and_the_others_go_on(
    quick: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    held = command.is_held

    def taken(folder: Path) -> bool:
        # Somebody takes the first folder in the moment between asking and launching.
        if folder == tmp_path / FCN:
            others.enter_context(hold(folder))
            return False
        return held(folder)

    monkeypatch.setattr(command, "is_held", taken)
    with ExitStack() as others:
        assert main(table1(tmp_path)) == 1
    said = capsys.readouterr()
    assert f"{FCN}: failed, step 0 of 3 Another job" in said.err
    assert (tmp_path / CNN / CARD).exists()
    assert "- / 2.1" in said.out


@pytest.mark.slow
@pytest.mark.feature
@pytest.mark.usefixtures("data", "short", "unchecked")
def test_runs_that_others_finished_or_work_on_meanwhile_are_left_to_them(
    quick: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    launch = command.launch

    def finish_the_other(folder: Path, *options: str) -> subprocess.Popen[bytes]:
        process = launch(folder, *options)
        begin(["train", "--resume", str(tmp_path / CNN)], tmp_path / "log").join()
        return process

    with monkeypatch.context() as beside:
        beside.setattr(command, "launch", finish_the_other)
        assert main(table1(tmp_path)) == 0
    assert quick == [tmp_path / FCN]
    assert f"{CNN}: finished, error" in capsys.readouterr().err

    with hold(tmp_path / "again" / FCN):
        assert main(table1(tmp_path / "again", "--cells", FCN)) == 1
    assert f"{FCN}: another job trains it; give the same command" in capsys.readouterr().err
    assert quick == [tmp_path / FCN]


@pytest.mark.feature
def test_a_run_waits_for_the_one_that_it_begins_with(tmp_path: Path) -> None:
    small, large = (f"sequences/rnn-spn-d{smaller}-translation" for smaller in (2, 1))
    cells = [again.CELLS.get(name) for name in (large, small)]
    first = command.first_of([(cell.plan, cell, 0) for cell in cells], tmp_path)
    assert first == {tmp_path / large: tmp_path / small}
    crew = command.Crew([tmp_path / large, tmp_path / small], Reproduce("steps"), first)
    assert crew.next() == tmp_path / small
    crew.running[0] = tmp_path / small, None  # type: ignore[assignment]
    assert crew.next() is None
    crew.running.clear()
    assert crew.next() == tmp_path / large
    assert crew.next() is None
    alone = command.first_of([(cells[0].plan, cells[0], 0)], tmp_path)
    assert alone == {}


@pytest.mark.exception
@pytest.mark.usefixtures("data", "short")
def test_a_folder_with_another_recipe_is_refused(
    quick: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Plan("fcn", None, Recipe("mnist-r", steps=4))
    other.save(tmp_path / FCN)
    assert main(table1(tmp_path, "--cells", FCN)) == 2
    said = capsys.readouterr()
    assert said.err == (
        f"{tmp_path / FCN} was begun with another recipe: delete it, or choose another --out.\n"
    )
    assert quick == []
    assert load_plan(tmp_path / FCN) == other


@pytest.mark.exception
def test_unknown_cells_are_answered_with_those_that_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(table1(tmp_path, "--cells", FCN, "mnist-r/rnn", "mnist-x/fcn")) == 2
    said = capsys.readouterr().err
    assert said.startswith("Unknown cells mnist-r/rnn, mnist-x/fcn: choose from mnist-r/fcn, ")
    assert all(name in said for name in CELLS.names())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.exception
@pytest.mark.parametrize("flag", ["--num-seeds", "--jobs"])
def test_numbers_that_are_impossible_are_refused(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(table1(tmp_path, flag, "0")) == 2
    assert capsys.readouterr().err == f"{flag} is 0: give at least 1.\n"


@pytest.mark.feature
def test_a_report_measures_again_and_trains_nothing(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained, tmp_path / "mnist-r" / "st-cnn-affine")
    error = load_card(trained).metrics["error"]
    path = tmp_path / "mnist-r" / "st-cnn-affine" / CARD
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "metrics": {**plain["metrics"], "error": 0.0}}))
    assert main(table1(tmp_path, "--report-only", "--json")) == 0
    results = {result["cell"]: result for result in json.loads(capsys.readouterr().out)}
    assert len(results) == 44
    measured = {cell: result["here"] for cell, result in results.items() if result["errors"]}
    assert measured == {"mnist-r/st-cnn-affine": pytest.approx(error)}
    assert not any((tmp_path / name).exists() for name in (FCN, CNN))


@pytest.mark.exception
def test_a_damaged_checkpoint_is_named_by_a_report(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained, tmp_path / "mnist-r" / "st-cnn-affine")
    (tmp_path / "mnist-r" / "st-cnn-affine" / CARD).write_text("{")
    assert main(table1(tmp_path, "--report-only")) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.feature
def test_a_table_as_text_has_rows_for_what_there_is() -> None:
    lines = as_text(RESULTS).splitlines()
    assert lines[0].startswith("Error in %, here / paper (Jaderberg et al. 2015")
    assert lines[2].split() == ["R", "RTS", "P", "P-FITTED", "E", "TC"]
    assert [line[:14].strip() for line in lines[3:]] == ["FCN", "Plain CNN", "ST-CNN affine"]
    assert "1.89 / 2.1 *" in lines[3]
    assert "6.00 / 5.2" in lines[3]
    assert "*" not in lines[4]
    assert lines[5].endswith("- / 1.7")
    assert max(map(len, lines[2:])) <= 100


@pytest.mark.feature
def test_a_table_as_markdown_has_as_many_cells_in_every_row() -> None:
    lines = as_markdown(RESULTS).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {row.count("|") for row in rows} == {8}
    assert rows[1] == "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    assert r"| FCN | 1.89 / 2.1 \* | 6.00 / 5.2 |" in rows[2]


@pytest.mark.feature
def test_the_summary_counts_and_names_the_farthest_first() -> None:
    lines = summary(RESULTS).splitlines()
    assert lines[1] == ("1 of 4 cells are at or below the paper's error; 1 have no checkpoint.")
    assert [line.split(":")[0].strip() for line in lines[2:]] == ["mnist-rts/fcn", CNN]
    assert lines[2].endswith("0.80 % above")


@pytest.mark.feature
@pytest.mark.parametrize("form", ["--json", "--markdown"])
def test_the_form_is_that_which_was_asked_for(
    form: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(table1(tmp_path, "--report-only", "--cells", FCN, form)) == 0
    said = capsys.readouterr().out
    if form == "--json":
        (result,) = json.loads(said)
        assert result == {
            "cell": FCN, "paper": 0.021, "here": None, "errors": [], "reached": False, "behind": 0
        }  # fmt: skip
    else:
        assert r"| FCN | - / 2.1 |" in said
