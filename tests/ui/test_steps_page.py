"""The Steps page: choices, step traces, and links that restore them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.card import CARD
from stnviz.checkpoints.library import Library, default_library
from stnviz.live import process_engine as shared
from stnviz.live.engine import Engine
from stnviz.live.handles import read_handles, write_handles
from stnviz.ui.stage import model as play
from stnviz.ui.steps import model as steps_model
from stnviz.ui.steps.model import KINDS
from stnviz.ui.steps.url import as_address
from stnviz.ui.steps.view import steps_data
from tests.looking_again import FOUR, NARROW, PLAIN, ROW, put_networks
from tests.opening import open_page, shelved_at, texts


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again")
    put_networks(folder)
    return folder


@pytest.fixture(autouse=True)
def shelved(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with shelved_at(root, monkeypatch) as library:
        monkeypatch.setattr(shared, "_engine", Engine(library))
        yield
    steps_model.step_trace_of.clear()
    steps_model.time_of.clear()


def opened(**query: str) -> AppTest:
    return open_page("steps", query)


@pytest.mark.smoke
@pytest.mark.parametrize("data", KINDS)
def test_every_kind_opens_with_its_sentence(data: str) -> None:
    assert KINDS[data].opening
    if data in (PLAIN.split("/")[0], ROW.split("/")[0]):
        page = opened(what=data)
        assert KINDS[data].opening in texts(page)
        assert page.button_group(key="chosen-model").value == f"{data}/{KINDS[data].first}"


@pytest.mark.feature
def test_networks_are_held_against_each_other() -> None:
    (table,) = opened(what="sequences").table
    assert list(table.value["digits wrong"]) == ["25.00 %"] * 2
    assert list(table.value["pixels off"]) == ["2.0"] * 2
    assert all(value.endswith(" ms") for value in table.value["time"])


@pytest.mark.feature
def test_what_every_look_brings_is_said() -> None:
    assert "90.0, 80.0, 60.0, 50.0 %" in texts(opened(what="mnist-perturbed", model=FOUR))
    assert "after each" not in texts(opened(what="mnist-perturbed", model=PLAIN))
    said = texts(opened(what="sequences", model=ROW))
    assert "3.1, 2.0, 1.0 pixels from their digits'" in said
    assert "by 10, 2 %" in said


@pytest.mark.exception
@pytest.mark.parametrize(
    "query",
    [
        {"what": "nothing"},
        {"model": "sequences/gone"},
        {"picture": "-3", "tick": "x", "own": "2"},
        {"handles": "1,2,3;x"},
        {"what": "sequences", "picture": "999999"},
        {"what": "mnist-perturbed", "handles": "0,0;0,0;0,0;0,0"},
    ],
)
def test_a_link_that_makes_no_sense_shows_something_all_the_same(query: dict[str, str]) -> None:
    page = opened(**query)
    assert not page.error
    assert "What more steps bring" in texts(page)


@pytest.mark.exception
def test_a_layout_that_cannot_be_drawn_is_put_back_with_a_sentence() -> None:
    page = opened(what="mnist-perturbed", model=FOUR, handles="0,0;0,0;0,0;0,0")
    assert "Pull the four corners apart" in texts(page)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("query", "picture"),
    [({"picture": "7", "handles": "0,0;0,0;0,0;0,0"}, "7"), ({"picture": "999999"}, "0")],
)
def test_only_what_cannot_be_had_is_put_back(query: dict[str, str], picture: str) -> None:
    page = opened(what="mnist-perturbed", model=FOUR, **query)
    assert (page.query_params["picture"], page.query_params["handles"]) == (picture, "")
    asked = page.session_state["address_asked"]
    page.run()
    assert page.session_state["address_asked"] == asked


@pytest.mark.exception
@pytest.mark.parametrize(
    ("right", "wrong"), [('"units": 8', '"units": 9'), ('"name": "rnn-spn-d4"', '"name": "rnn-x"')]
)
def test_a_network_that_does_not_load_leaves_the_others_alone(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str
) -> None:
    torn = shutil.copytree(root, tmp_path / "torn")
    card = torn / NARROW / CARD
    before = card.read_text()
    assert right in before
    card.write_text(before.replace(right, wrong))
    with shelved_at(torn, monkeypatch) as library:
        monkeypatch.setattr(shared, "_engine", Engine(library))
        steps_model.step_trace_of.clear()
        steps_model.time_of.clear()
        page = opened(what="sequences", model=ROW)
        assert not page.error
        assert not page.exception
        (table,) = page.table
        assert [bool(time) for time in table.value["time"]] == [True, False]
        assert opened(what="sequences", model=NARROW).error


@pytest.mark.exception
def test_without_networks_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    assert "no multi-step network here" in texts(opened())


@pytest.mark.feature
def test_handles_come_back_from_the_address() -> None:
    moved = [[0.125, -0.5], [1.0, 2.0]]
    assert read_handles(write_handles(moved)) == moved
    assert write_handles(None) == ""
    told = {
        "picture": 4, "tick": 2, "own": True, "slow": False, "sharp": False,
        "handles": moved, "distractors": None,
    }  # fmt: skip
    assert as_address(told) == {
        "picture": 4, "tick": 2, "own": 1, "slow": None, "sharp": 0,
        "handles": "0.125,-0.5;1,2", "distractors": "",
    }  # fmt: skip


@pytest.mark.exception
@pytest.mark.parametrize("text", ["", "x", "1;2", "1,2,3", "nan,1", "5,0", ";".join(["0,0"] * 9)])
def test_what_is_no_list_of_points_moves_nothing(text: str) -> None:
    assert read_handles(text) is None


@pytest.mark.feature
def test_the_component_is_sent_another_revision_with_another_film() -> None:
    card = default_library().cards()["sequences/cnn"]
    one, other = (steps_data(NARROW, card, answer, {"picture": 0}) for answer in (b"abc", b"abd"))
    assert one["revision"] != other["revision"]
    assert one["network"] == NARROW
