"""One thing after another is chosen on every page, and every choice is one step of the address."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.ui.results import model as results
from tests.opening import open_page
from tests.variants import slow_but

PLACES: list[Any] = slow_but(7, [
    ("steps", "chosen-model", tuple(f"sequences/{n}" for n in (
        "cnn", "rnn-spn-d4-translation", "ffn-spn-d3-translation"))),
    ("video", "digit-chosen", (5, 7, 2)),
    ("attention", "chosen-what", ("numbers-64", "colocalise-t", "mnist-addition")),
    ("time_machine", "chosen-run", ("mnist-r/cnn", "glasses/st-gan-similarity", "mnist-p/fcn")),
    ("train", "pictures", ("mnist-p", "sequences", "glasses")),
    ("results", "set", ("mnist-p", "mnist-e", "mnist-r")),
    ("play", "data", ("mnist-p", "mnist-e", "mnist-r")),
    ("steps", "chosen-what", ("mnist-perturbed", "glasses", "sequences")),
    ("video", "chosen-clip", ("turning", "growing", "moving")),
    ("video", "chosen-model", ("mnist-r/st-cnn-affine", "mnist-rts/st-cnn-affine",
                               "sequences/rnn-spn-d3-translation")),
    ("attention", "chosen-model", tuple(f"birds/{n}" for n in (
        "4st-cnn-translation", "cnn", "2st-cnn-translation"))),
    ("train", "network", ("fcn", "st-fcn", "cnn")),
])  # fmt: skip


def no_network(name: str, _digest: str) -> None:
    raise BadCheckpoint(f"{name} does not load.")


def widget(page: AppTest, key: str) -> Any:
    (found,) = (one for one in (*page.button_group, *page.selectbox) if one.key == key)
    return found


@pytest.mark.law
@pytest.mark.parametrize(("name", "key", "wanted"), PLACES, ids=lambda part: str(part)[:20])
def test_every_choice_counts_and_not_only_the_first(
    name: str, key: str, wanted: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "load", no_network)  # whose curves would take a minute
    page = open_page(name, {})
    for value in wanted:
        widget(page, key).set_value(value).run()
        assert not page.exception
        assert widget(page, key).value == value


@pytest.mark.feature
def test_what_belongs_to_other_pictures_leaves_the_address_with_them() -> None:
    page = open_page(
        "steps", {"what": "sequences", "picture": "1501", "distractors": "3", "tick": "1"}
    )
    widget(page, "chosen-what").set_value("glasses").run()
    assert page.query_params == {"what": "glasses"}
    assert not (*page.info, *page.warning, *page.error)


@pytest.mark.exception
def test_a_link_to_what_is_not_here_says_so_and_shows_something_else() -> None:
    page = open_page("steps", {"what": "sequences", "model": "sequences/gone"})
    assert "There is no network `sequences/gone` here" in page.toast[0].value
    assert "model" not in page.query_params
    assert widget(page, "chosen-model").value == "sequences/rnn-spn-d3-translation"


def changing() -> None:
    """A page on which everything happens to the address that can."""
    import streamlit as st

    from stnviz.ui.url_state import sync_from_component, update

    changes = [
        lambda: update({"a": 1, "b": 2}),
        lambda: update({"a": 1}),
        lambda: update({"c": 3}, ["a", "b"]),
        lambda: sync_from_component({"c": 4, "d": ""}),
    ]
    at = int(st.session_state.get("at", 0))
    st.session_state.at = at + 1
    if at < len(changes):
        changes[at]()


@pytest.mark.feature
def test_a_change_of_the_address_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.runtime.state.query_params import QueryParams

    sent: list[dict[str, Any]] = []
    send = QueryParams._send_query_param_msg

    def noted(self: QueryParams) -> None:
        sent.append(self.to_dict())
        send(self)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", noted)
    page = AppTest.from_function(changing)
    for _ in range(4):
        page.run()
        assert not page.exception
    assert sent == [{"a": "1", "b": "2"}, {"c": "3"}, {"c": "4", "d": ""}]


def following() -> None:
    """A page whose component goes on with every run, or says nothing new."""
    import streamlit as st

    from stnviz.ui.url_state import external_changes, restore_latest, sync_from_component

    if said := st.session_state.get("said"):
        sync_from_component({"look": said})
    restore_latest()
    st.session_state.asked = external_changes()


@pytest.mark.law
def test_an_address_that_the_page_has_left_by_then_asks_for_nothing() -> None:
    """Whoever is quicker than the server asks with an address of before."""
    page = AppTest.from_function(following)
    page.query_params["look"] = "1"
    page.run()
    for said in (2, 3):
        page.session_state.said = said
        page.run()
    asked, page.session_state.said = page.session_state.asked, None
    for late in ("1", "2"):
        page.query_params["look"] = late
        page.run()
        assert not page.exception
        assert "".join(page.query_params["look"]) == "3"
        assert page.session_state.asked == asked
    page.query_params["look"] = "4"
    page.run()
    assert "".join(page.query_params["look"]) == "4"
    assert page.session_state.asked == asked + 1


@pytest.mark.law
def test_a_link_that_names_a_network_alone_means_its_pictures() -> None:
    page = open_page("attention", {"model": "mnist-addition/st-fcn-affine"})
    assert widget(page, "chosen-what").value == "mnist-addition"
    assert widget(page, "chosen-model").value == "mnist-addition/st-fcn-affine"
    assert not page.toast
