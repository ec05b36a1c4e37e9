"""Callbacks run to their end, whatever comes meanwhile."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def interrupted() -> None:
    """A page whose callback is overtaken by another request."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from stnviz.ui.whole_callbacks import finish_callbacks

    finish_callbacks()

    def choose() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        st.session_state["begun"] = True
        context.script_requests.request_rerun(RerunData(page_script_hash=context.page_script_hash))
        st.session_state["chosen"] = 1
        st.query_params["chosen"] = "1"
        st.session_state["ended"] = True

    st.button("Choose", on_click=choose)
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1


@pytest.mark.law
def test_a_callback_is_finished_though_another_request_has_come() -> None:
    page = AppTest.from_function(interrupted, default_timeout=20).run()
    page.button[0].click().run()
    assert not page.exception
    state = page.session_state
    assert (state["begun"], state["chosen"], state["ended"]) == (True, 1, True)


@pytest.mark.feature
def test_the_request_that_came_meanwhile_is_answered() -> None:
    page = AppTest.from_function(interrupted, default_timeout=20).run()
    before = page.session_state["runs"]
    page.button[0].click().run()
    assert page.session_state["runs"] > before
