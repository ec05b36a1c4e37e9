"""Uploads that pages show, handed to the Export dialog, whose link cannot hold them."""

from __future__ import annotations

import streamlit as st

from stnviz.export.own import Own

HANDED = "export-own"
"""Session state key of the page and of the upload that it shows."""


def hand_over(page: str, own: Own | None) -> None:
    """Say which upload a page shows; None if it shows what its address says."""
    st.session_state[HANDED] = page, own


def handed(page: str) -> Own | None:
    """The upload that a page shows."""
    whose, own = st.session_state.get(HANDED, (page, None))
    return own if whose == page else None
