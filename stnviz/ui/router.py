"""The script that Streamlit runs: the pages and the frame around them.

It must not lie beside the folder ``pages``, where AppTest would lose the frame.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"

# Streamlit leaves a quarter of a projector's height empty above the page; the stage needs it.
FRAME = """<style>
.stMainBlockContainer { padding: 2.25rem clamp(0.75rem, 3vw, 3.5rem) 1rem; }
.stMainBlockContainer h4 { padding-bottom: 0; }
</style>"""


def main() -> None:
    """Set the frame up and run the page that the address names."""
    st.set_page_config(page_title="stnviz", layout="wide", initial_sidebar_state="collapsed")
    st.html(FRAME)
    page = st.navigation([st.Page(PAGES / "play.py", title="Play", default=True)], position="top")
    page.run()


main()
