"""Presenter page: links of this app one after the other, in full screen; the menu leaves it out."""

from __future__ import annotations

import streamlit as st

from stnviz.ui.present.lists import LISTS
from stnviz.ui.present.view import present
from stnviz.ui.url_state import external_changes, read_choice, read_int, sync_from_component

KEY = "present"


def follow_presenter() -> None:
    """Write the number of the link that is shown into the URL, so that a reload goes on there."""
    at = st.session_state[KEY].get("state")
    if isinstance(at, int) and "list" in st.query_params:
        sync_from_component({"at": at})


st.markdown("#### Show links one after the other, in full screen.")
chosen = read_choice("list", list(LISTS), "") or None
at = read_int("at", 1, len(LISTS[chosen].links), 1) if chosen else 1
present(LISTS, chosen, at=at, asked=external_changes(), key=KEY, on_state=follow_presenter)
