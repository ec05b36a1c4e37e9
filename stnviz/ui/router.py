"""The script that Streamlit runs: the page frame, and navigation between the pages.

It must not lie beside the folder ``pages``, where AppTest would lose the frame.
"""

from __future__ import annotations

import streamlit as st

from stnviz.ui.pages import DEFAULT, PAGES, TITLES
from stnviz.ui.startup import visit
from stnviz.ui.url_state import restore_latest
from stnviz.ui.whole_callbacks import finish_callbacks

# Streamlit leaves a quarter of a projector's height empty above the page; the stage needs it.
# It fades captions by their opacity, coloured words in them included, and writes white on the
# primary colour even where that is bright: both fall below WCAG's contrast for text (4.5 : 1).
# On a phone the picture comes first, and the controls after it.
FRAME = """<style>
.stMainBlockContainer { padding: 4.25rem clamp(0.75rem, 3vw, 3.5rem) 1rem; }
.stMainBlockContainer h4 { padding-bottom: 0; }
.stApp [data-testid="stCaptionContainer"] {
  opacity: 1; color: color-mix(in srgb, currentColor 72%, transparent);
}
.stApp [data-testid="stBaseButton-primary"], .stApp [data-tag], .stApp [data-tag] > * {
  color: light-dark(#fff, #14161a);
}
@media (max-width: 800px) { .stVerticalBlock > :has(> .st-key-choices) { order: 1; } }
</style>"""


def main() -> None:
    """Set up the frame and run the page that the URL names."""
    st.set_page_config(page_title="stnviz", layout="wide", initial_sidebar_state="collapsed")
    st.html(FRAME)
    restore_latest()
    pages = [
        st.Page(PAGES / f"{name}.py", title=title, url_path=name, default=name == DEFAULT)
        for name, title in TITLES.items()
    ]
    st.navigation(pages, position="top").run()


finish_callbacks()
with visit():
    main()
