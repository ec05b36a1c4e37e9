"""The Link button in the top bar, and what an embedded page tells the page around it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from stnviz.ui.bundle import mount
from stnviz.ui.link.qr import qr_code
from stnviz.ui.view_options import PAGE_PARTS, PARTS

HERE = Path(__file__).parent
KEY = "link"


def show_link(page: str) -> None:
    """Show the Link button; on an embedded page, follow its frame instead.

    Args:
        page: whose parts the link can hide.
    """
    with st.container(key="link-place"):
        _mount_link(page)


@st.fragment
def _mount_link(page: str) -> None:
    """Mount the component; its state is the link whose QR code it shows, and only this reruns."""
    asked = (st.session_state.get(KEY) or {}).get("state")
    data = {
        "embedded": bool(st.context.is_embedded),
        "parts": [{"name": name, "title": PARTS[name]} for name in PAGE_PARTS.get(page, ())],
        "code": qr_code(asked),
    }
    mount(HERE, data, key=KEY, on_state=lambda: None)
