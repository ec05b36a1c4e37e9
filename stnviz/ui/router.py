"""The script that Streamlit runs: the page frame, and navigation between the pages.

It must not lie beside the folder ``pages``, where AppTest would lose the frame.
"""

from __future__ import annotations

import streamlit as st

from stnviz.ui.link.view import show_link
from stnviz.ui.pages import DEFAULT, PAGES, TITLES, UNLISTED
from stnviz.ui.startup import visit
from stnviz.ui.url_state import restore_latest
from stnviz.ui.view_options import hidden, is_large, validate_view
from stnviz.ui.whole_callbacks import finish_callbacks

# Streamlit leaves a quarter of a projector's height empty above the page; the stage needs it.
# It fades captions by their opacity, coloured words in them included, and writes white on the
# primary colour even where that is bright: both fall below WCAG's contrast for text (4.5 : 1).
# On a phone the picture comes first, and the controls after it.
FRAME = """
.stMainBlockContainer { padding: 4.25rem clamp(0.75rem, 3vw, 3.5rem) 1rem; }
.stMainBlockContainer h4 { padding-bottom: 0; }
.stApp [data-testid="stCaptionContainer"] {
  opacity: 1; color: color-mix(in srgb, currentColor 72%, transparent);
}
.stApp [data-testid="stBaseButton-primary"], .stApp [data-tag], .stApp [data-tag] > * {
  color: light-dark(#fff, #14161a);
}
.stApp :has(> .st-key-link-place) {
  position: fixed; top: 0; right: 0; width: auto; z-index: 999991;
}
.stAppHeader { padding-right: 11rem; }
@media (max-width: 800px) { .stVerticalBlock > :has(> .st-key-part-choices) { order: 1; } }
"""

# Everything is measured in rem, so one number scales type and what surrounds it: here Streamlit's
# small type (0.875rem) and all type of the components come to 24.5 px.
LARGE = """
html { font-size: 28px !important; }
:root { --least-type: 0.875rem; }
.stMainBlockContainer { padding-top: 4rem; }
.stMainBlockContainer h4 { font-size: 1.25rem; padding-top: 0; }
.stVerticalBlock > :has(> .st-key-part-choices, > .st-key-part-choices-top) { order: 1; }
"""

# Streamlit leaves the menu to an embedded page.
EMBEDDED = """
.stAppHeader { display: none; }
.stMainBlockContainer { padding-top: 0.75rem; }
"""


def styles() -> str:
    """The frame's styles, as the link wants the page to be viewed."""
    hiding = [f'.stApp [class*="st-key-part-{part}"] {{ display: none; }}' for part in hidden()]
    large, embedded = is_large(), bool(st.context.is_embedded)
    return f"<style>{FRAME}{LARGE * large}{EMBEDDED * embedded}{''.join(hiding)}</style>"


def main() -> None:
    """Set up the frame and run the page that the URL names."""
    st.set_page_config(page_title="stnviz", layout="wide", initial_sidebar_state="collapsed")
    restore_latest()
    pages = [
        st.Page(
            PAGES / f"{name}.py", title=title, url_path=name, default=name == DEFAULT,
            visibility="hidden" if name in UNLISTED else "visible",
        )
        for name, title in {**TITLES, **UNLISTED}.items()
    ]  # fmt: skip
    page = st.navigation(pages, position="top")
    name = page.url_path or DEFAULT
    validate_view(name)
    st.html(styles())
    show_link(name)
    page.run()


finish_callbacks()
with visit():
    main()
