"""The Results page, without a browser: its table, curves and comparisons."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.data.digits import GALLERY_SPLIT, part_of_gallery
from stnviz.papers.curves import places_of, sweepable
from stnviz.papers.table1 import CELLS
from stnviz.ui.results import model as results
from stnviz.ui.results import table
from stnviz.ui.results.table import table_html
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.stage import model as play
from stnviz.ui.train.model import train_one
from tests.opening import open_page, opened


@pytest.mark.feature
def test_who_may_not_train_is_not_sent_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_one() == "train it on the Train page."
    monkeypatch.setenv("STNVIZ_READONLY", "1")
    assert train_one().startswith("ask whoever runs this server")


@pytest.mark.exception
def test_a_damaged_card_is_a_gap_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist-r/cnn").mkdir(parents=True)
    (tmp_path / "mnist-r/cnn/card.json").write_text("{")
    monkeypatch.setattr(table, "CHECKPOINTS", tmp_path)
    found, (trouble,) = table.results_on_cards()
    assert len(found) == len(CELLS)
    assert all(result.here is None for result in found)
    assert "mnist-r/cnn" in trouble


@pytest.mark.feature
def test_a_curve_is_measured_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def sweep(
        _model: object, _data: str, parameter: str, values: list[float], _d: object
    ) -> object:
        for value in values:
            measured.append(parameter)
            time.sleep(0.001)
            yield value

    monkeypatch.setattr(results, "load", lambda _name, _digest: None)
    monkeypatch.setattr("stnviz.analysis.distortion_sweep.sweep_error", sweep)
    monkeypatch.setattr(results, "_curves", SharedWork(kept=4, at_once=1))
    (parameter,) = sweepable("mnist-r")

    def ask(_visitor: int) -> list[float]:
        return results.curve("a", "digest", "mnist-r", parameter, lambda _share: None)

    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(ask, range(8)))
    assert measured == ["angle"] * results.PLACES
    assert all(one == found[0] == places_of(parameter) for one in found)


@pytest.mark.feature
def test_networks_are_compared_on_digits_that_neither_trained_on() -> None:
    card = play.library().cards()["mnist-r/cnn"]
    assert results.gallery_is_unseen([card, card])
    taught = {"digits": part_of_gallery(GALLERY_SPLIT["train"]).source}
    assert not results.gallery_is_unseen([card, replace(card, training=taught)])


@pytest.mark.exception
def test_the_results_name_a_network_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, _digest: str) -> None:
        raise BadCheckpoint(f"{name} does not load: its weights are broken.")

    monkeypatch.setattr(results, "load", load)
    monkeypatch.setattr(results, "load_stored_sweep", lambda *_: None)
    monkeypatch.setattr(results, "_curves", SharedWork(kept=4, at_once=1))
    page = opened("results")
    said = {warning.value for warning in page.warning}
    assert "mnist-r/cnn does not load: its weights are broken." in said


@pytest.mark.feature
def test_the_table_has_every_cell_of_the_paper_and_colours_it() -> None:
    from stnviz.papers.report import Result

    measured = [
        Result(name, cell.paper, cell.paper + (0.01 if number % 2 else 0), ())
        for number, (name, cell) in enumerate(CELLS)
    ]
    html = table_html(measured)
    assert html.count('class="ahead"') == html.count('class="behind"') == len(CELLS) / 2
    assert html.count("at or below the paper") == html.count("above the paper") == len(CELLS) / 2


@pytest.mark.feature
def test_curves_go_beyond_what_was_trained() -> None:
    for data, wanted in (("mnist-r", 1), ("mnist-rts", 4), ("mnist-p", 1), ("mnist-tc", 2)):
        parameters = sweepable(data)
        assert len(parameters) == wanted
        for parameter in parameters:
            places = places_of(parameter)
            assert places == sorted(places)


@pytest.mark.feature
def test_large_type_is_not_left_to_the_next_visitor() -> None:
    def font(query: dict[str, str]) -> int | None:
        [chart] = open_page("results", {"hide": "facts,pictures", **query}).get("plotly_chart")
        size: int | None = json.loads(chart.proto.spec)["layout"].get("font", {}).get("size")
        return size

    before = font({})
    assert font({"size": "large"}) == 24
    assert font({}) == before != 24
