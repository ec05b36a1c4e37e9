"""Presenter page: links of this app one after the other, in full screen; the menu leaves it out."""

from __future__ import annotations

import streamlit as st

from stnviz.lessons.course import languages, read_course
from stnviz.settings import lessons_folder
from stnviz.ui.lessons.model import language_of
from stnviz.ui.present.lists import COURSE, LISTS, lists_of
from stnviz.ui.present.view import present
from stnviz.ui.url_state import external_changes, read_choice, read_int, sync_from_component

KEY = "present"


def follow_presenter() -> None:
    """Write the number of the link that is shown into the URL, so that a reload goes on there."""
    at = st.session_state[KEY].get("state")
    if isinstance(at, int) and "list" in st.query_params:
        sync_from_component({"at": at})


st.markdown("#### Show links one after the other, in full screen.")
offered = languages()
language = language_of(read_choice("lang", offered, ""), st.context.locale, offered)
lessons = lists_of(read_course(language, lessons_folder()), language)
known = {**LISTS, **lessons}
chosen = read_choice("list", list(known), "", f"a list such as {COURSE}")
found = known.get(chosen)
present(
    {**LISTS, COURSE: lessons[COURSE]},
    found,
    at=read_int("at", 1, len(found.links), 1) if found else 1,
    asked=f"{external_changes()} {chosen} {language}",
    key=KEY,
    on_state=follow_presenter,
)
