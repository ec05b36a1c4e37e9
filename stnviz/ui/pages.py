"""The pages: the paths of their scripts, their titles, and the URL of the live route."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from stnviz.settings import ROOT

PAGES = ROOT / "pages"
ROUTER = Path(__file__).parent / "router.py"
"""The script that Streamlit runs."""

TITLES = {
    "play": "Play",
    "inside": "Inside",
    "attention": "Attention",
    "steps": "Steps",
    "video": "Video",
    "train": "Train",
    "time_machine": "Time machine",
    "results": "Results",
    "lessons": "Lessons",
    "debug": "Debug",
}
"""Of the pages in the menu, in its order."""

UNLISTED = {"present": "Presenter"}
"""Titles of pages that the menu leaves out."""

DEFAULT = "play"
"""The page at the root of the app."""


def live_address() -> str:
    """The URL of the live route, as a page's script resolves it."""
    return route_address("live")


def route_address(path: str) -> str:
    """The URL of one of the app's own routes, as a page's script resolves it.

    Without a base path it is relative, so that a proxy may put the whole app below a path.
    """
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{path}" if base else path


def link(name: str) -> str:
    """A page's path relative to the router's folder, as ``st.page_link`` needs it."""
    return os.path.relpath(PAGES / f"{name}.py", ROUTER.parent)
