"""*Slow* of what plays: a link opens with it, and only while it is on does it stand in a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from stnviz.ui.replay import view as replay
from stnviz.ui.video import view as video
from tests.opening import open_page

PAGES = {
    "video": (video, "mount_video", {"frame": 3, "grid": False}),
    "time_machine": (replay, "mount_replay", {"snapshot": 3, "picture": 2}),
}

Mounted = dict[str, Any]
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> Mounted:
    """In place of both components: what was sent last; what stands under ``told`` is told once."""
    seen: Mounted = {}

    def mount(data: Mounted, *, key: str, on_state: Callable[[], None]) -> None:
        seen["state"] = data["state"]
        if told := seen.pop("told", None):
            st.session_state[key] = {"state": told}
            on_state()

    for module, mounting, _ in PAGES.values():
        monkeypatch.setattr(module, mounting, mount)
    return seen


@pytest.mark.feature
@each_page
@pytest.mark.parametrize(
    ("query", "slow"), [({}, False), ({"slow": "0"}, False), ({"slow": "1"}, True)]
)
def test_a_link_opens_as_it_says(
    name: str, query: dict[str, str], slow: bool, mounted: Mounted
) -> None:
    open_page(name, query)
    assert mounted["state"]["slow"] is slow


@pytest.mark.feature
@each_page
def test_slow_is_in_the_address_only_while_it_is_on(name: str, mounted: Mounted) -> None:
    page = open_page(name, {})
    for slow in (True, False):
        mounted["told"] = {**PAGES[name][2], "slow": slow}
        page.run()
        assert not page.exception
        address = {key: value[0] for key, value in page.query_params.items()}
        assert address.pop("slow", None) == ("1" if slow else None)
        assert address == {key: str(int(value)) for key, value in PAGES[name][2].items()}


@pytest.mark.exception
@each_page
def test_a_slow_that_makes_no_sense_is_dropped(name: str, mounted: Mounted) -> None:
    page = open_page(name, {"slow": "very"})
    assert mounted["state"]["slow"] is False
    assert "slow" not in page.query_params
