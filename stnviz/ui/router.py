"""The script that Streamlit runs: the pages and the frame around them.

It must not lie beside the folder ``pages``, where AppTest would lose the frame.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"


def main() -> None:
    """Set the frame up and run the page that the address names."""
    st.set_page_config(page_title="stnviz", layout="wide", initial_sidebar_state="collapsed")
    page = st.navigation([st.Page(PAGES / "play.py", title="Play", default=True)], position="top")
    page.run()


main()
