"""The networks with several transformers that are shipped."""

from __future__ import annotations

import pytest

from stnviz.cli.table import as_list, summary
from stnviz.papers.attention import CELLS
from stnviz.papers.report import Result

every_cell = pytest.mark.parametrize("name", CELLS.names())


@pytest.mark.law
@every_cell
def test_every_cell_can_be_trained(name: str) -> None:
    cell = CELLS.get(name)
    assert list(cell.plan.problems()) == []
    assert cell.name == name


@pytest.mark.oracle
def test_the_papers_errors_are_those_of_the_paper() -> None:
    papers = {name: cell.paper for name, cell in CELLS if cell.paper is not None}
    assert papers == {
        "mnist-addition/cnn": 0.147,
        "mnist-addition/st-fcn-affine": 0.226,
        "mnist-addition/st-fcn-projective": 0.185,
        "mnist-addition/st-fcn-thin-plate-spline": 0.191,
        "mnist-addition/2st-fcn-affine": 0.09,
        "mnist-addition/2st-fcn-thin-plate-spline": 0.058,
    }


@pytest.mark.feature
def test_what_the_paper_has_nothing_beside_is_neither_reached_nor_behind() -> None:
    results = [
        Result("birds/cnn", None, 0.3, (0.3,)),
        Result("mnist-addition/cnn", 0.147, 0.1, (0.1,)),
        Result("mnist-addition/2st-fcn-affine", 0.09, 0.1, (0.1,)),
    ]
    assert [result.reached for result in results] == [False, True, False]
    assert [round(result.gap, 6) for result in results] == [0, 0, 0.01]
    lines = as_list(results).splitlines()
    assert lines[0].split() == ["birds/cnn", "30.00", "/", "-"]
    assert lines[1].endswith("10.00 / 14.7 *")
    said = summary(results)
    assert "1 of 2 cells are at or below the paper's error" in said
    assert "mnist-addition/2st-fcn-affine: 1.00 % above" in said
    assert "birds" not in said
    assert as_list(results, markdown=True).splitlines()[2] == "| birds/cnn | 30.00 / - |"
