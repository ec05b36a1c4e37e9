"""Table 1 of the paper: its cells, and our runs gathered beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CARD, CARD_FORMAT, BadCheckpoint, load_card
from stnviz.papers.report import Result, collect_results, error_on_card, run_folder
from stnviz.papers.table1 import CELLS, COLUMNS, ROWS

every_cell = pytest.mark.parametrize("name", CELLS.names())


def put_card(folder: Path, error: float) -> None:
    """A card made by hand; nobody asks for its weights."""
    folder.mkdir(parents=True)
    entries = {"family": "digits", "model": {}, "data": "mnist-r", "training": {}, "versions": {}}
    card = {"format": CARD_FORMAT, **entries, "metrics": {"error": error}, "digest": "0"}
    (folder / CARD).write_text(json.dumps(card))


@pytest.mark.cardinality
def test_the_table_has_the_papers_36_cells_and_8_fitted_ones() -> None:
    assert len(CELLS.names()) == 44
    assert len(ROWS) == 8
    by_column = [sum(name.startswith(f"{column}/") for name in CELLS.names()) for column in COLUMNS]
    assert by_column == [8, 8, 8, 8, 8, 4]


@pytest.mark.law
@every_cell
def test_every_cell_can_be_trained(name: str) -> None:
    cell = CELLS.get(name)
    assert list(cell.plan.problems()) == []
    assert cell.name == name
    assert 0.004 < cell.paper < 0.14


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("mnist-r/fcn", 2.1), ("mnist-rts/cnn", 0.8), ("mnist-p/st-fcn-affine", 1.5),
        ("mnist-e/st-cnn-thin-plate-spline", 1.1), ("mnist-r/st-cnn-affine", 0.7),
        ("mnist-rts/st-cnn-projective", 0.6), ("mnist-e/st-fcn-projective", 2.6),
        ("mnist-p-fitted/fcn", 3.1), ("mnist-p-fitted/st-cnn-affine", 0.8),
        ("mnist-tc/cnn", 3.5), ("mnist-tc/st-cnn-affine", 1.7), ("mnist-tc/fcn", 13.2),
    ],
)  # fmt: skip
def test_the_papers_errors_are_those_of_the_paper(name: str, percent: float) -> None:
    assert CELLS.get(name).paper == pytest.approx(percent / 100)


@pytest.mark.law
@every_cell
def test_the_papers_own_error_counts_as_reached_and_one_digit_more_does_not(name: str) -> None:
    paper = CELLS.get(name).paper
    wrong = round(paper * 10_000)
    equal, above, below = (Result(name, paper, (wrong + more) / 10_000, ()) for more in (0, 1, -1))
    assert equal.reached
    assert equal.gap == 0
    assert below.reached
    assert below.gap == 0
    assert not above.reached
    assert above.gap == pytest.approx(0.0001)


@pytest.mark.feature
def test_a_cell_without_a_run_is_neither_reached_nor_behind() -> None:
    nothing = Result("mnist-r/fcn", 0.021, None, ())
    assert not nothing.reached
    assert nothing.gap == 0


@pytest.mark.feature
def test_runs_of_a_cell_are_gathered_and_averaged_over_their_seeds(tmp_path: Path) -> None:
    cells = [CELLS.get(name) for name in ("mnist-r/fcn", "mnist-r/cnn", "mnist-tc/fcn")]
    put_card(run_folder(tmp_path, "mnist-r/fcn", 0), 0.02)
    put_card(run_folder(tmp_path, "mnist-r/fcn", 1), 0.04)
    put_card(run_folder(tmp_path, "mnist-r/cnn", 0), 0.01)
    put_card(run_folder(tmp_path, "mnist-r/cnn", 3), 0.99)
    fcn, cnn, clutter = collect_results(cells, tmp_path, 2, error_on_card)
    assert (fcn.cell, fcn.paper, fcn.errors) == ("mnist-r/fcn", 0.021, (0.02, 0.04))
    assert fcn.here == pytest.approx(0.03)
    assert (fcn.reached, fcn.gap) == (False, pytest.approx(0.009))
    assert (cnn.here, cnn.errors, cnn.reached) == (0.01, (0.01,), True)
    assert (clutter.here, clutter.errors) == (None, ())
    (one,) = collect_results(cells[:1], tmp_path, 1, error_on_card)
    assert one.errors == (0.02,)


@pytest.mark.feature
def test_the_measure_is_given_each_folder_and_its_card(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "mnist-r/fcn", 0)
    put_card(folder, 0.02)
    (result,) = collect_results(
        [CELLS.get("mnist-r/fcn")], tmp_path, 1,
        lambda where, card: 0.5 if (where, card) == (folder, load_card(folder)) else 0.0,
    )  # fmt: skip
    assert result.here == 0.5


@pytest.mark.exception
def test_a_damaged_run_is_no_number_in_a_table(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "mnist-r/fcn", 0)
    put_card(folder, 0.02)
    (folder / CARD).write_text("{")
    with pytest.raises(BadCheckpoint, match="mnist-r/fcn"):
        collect_results([CELLS.get("mnist-r/fcn")], tmp_path, 1, error_on_card)


@pytest.mark.exception
def test_a_run_without_a_measured_error_is_named(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "mnist-r/fcn", 0)
    put_card(folder, 0.02)
    plain = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**plain, "metrics": {}}))
    with pytest.raises(BadCheckpoint, match="mnist-r/fcn"):
        collect_results([CELLS.get("mnist-r/fcn")], tmp_path, 1, error_on_card)


@pytest.mark.cardinality
def test_runs_of_different_seeds_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = {run_folder(tmp_path, name, seed) for name in CELLS.names() for seed in range(3)}
    assert len(folders) == 3 * 44
    assert run_folder(tmp_path, "mnist-r/fcn", 0) == tmp_path / "mnist-r" / "fcn"
