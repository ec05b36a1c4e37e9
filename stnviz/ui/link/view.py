"""The Link and Export buttons in the top bar, and what an embedded page tells the one around it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from stnviz.export.link import PAGES, read_link_text
from stnviz.export.scenes.scene import NotExportable
from stnviz.ui.component import component
from stnviz.ui.export.dialog import open_dialog
from stnviz.ui.link.qr import qr_code
from stnviz.ui.view_options import PAGE_PARTS, PARTS

HERE = Path(__file__).parent
KEY = "link"


def show_link(page: str) -> None:
    """Show the Link and Export buttons; on an embedded page, follow its frame instead.

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
        "exports": page in PAGES,
    }
    reported = component(HERE)(data=data, key=KEY, on_state_change=_stay, on_export_change=_stay)
    if reported.export is not None and page in PAGES:
        _export(page, str(reported.export))


def _export(page: str, address: str) -> None:
    """Open the Export dialog on the page as it is: ``address`` is the query of its URL."""
    try:
        link = read_link_text(f"{page}?{address.removeprefix('?')}")
    except NotExportable as error:
        st.toast(str(error), duration="long")
        return
    assert link is not None  # it has a query
    open_dialog(link)


def _stay() -> None:
    """Let the fragment run again."""
