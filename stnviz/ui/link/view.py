"""The Link button in the top bar, and what an embedded page tells the page around it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from stnviz.ui.bundle import mount

HERE = Path(__file__).parent
KEY = "link"


def show_link(page: str) -> None:
    """Show the Link button; on an embedded page, follow its frame instead.

    Args:
        page: whose parts the link can hide.
    """
    with st.container(key="link-place"):
        mount(HERE, {"embedded": bool(st.context.is_embedded)}, key=KEY)
