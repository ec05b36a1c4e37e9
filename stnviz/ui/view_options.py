"""What a link says about the view: ``hide``, the parts of a page that it hides, and ``size``.

A part has one name on every page. In a component it is marked with ``data-part``; what a page
draws with Streamlit asks :func:`shows`, or stands in a container whose key is the part's name.
The third such parameter, ``embed``, is Streamlit's own.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from stnviz.ui.url_state import VIEW_PARAMETERS, read_choice, update
from stnviz.ui.wording import without_markdown

HIDE, SIZE = VIEW_PARAMETERS
LARGE = "large"

PARTS = {
    "sentence": "Opening sentence",
    "choices": "Choice of data and network",
    "pictures": "Choice of the picture",
    "sliders": "Sliders",
    "buttons": "Buttons",
    "window": "Windows on the picture",
    "output": "What the windows read",
    "answer": "Predictions",
    "theta": "Theta and its pose",
    "leftover": "What is left over",
    "steps": "The strip of steps",
    "verdicts": "Lights and verdicts",
    "charts": "Charts",
    "facts": "Facts and tables",
}
"""What a link can hide: names, as links have them, and titles."""

PAGE_PARTS = {
    "play": (
        "sentence", "choices", "pictures", "sliders", "buttons", "window", "output", "answer",
        "theta", "leftover",
    ),
    "inside": (
        "sentence", "choices", "pictures", "sliders", "window", "output", "answer", "theta",
        "facts",
    ),
    "attention": (
        "sentence", "choices", "pictures", "sliders", "window", "output", "answer", "facts",
    ),
    "steps": (
        "sentence", "choices", "buttons", "window", "output", "answer", "steps", "facts",
    ),
    "video": ("sentence", "choices", "window", "output", "answer", "charts", "facts"),
    "train": ("sentence", "choices", "pictures", "window", "output", "answer", "charts"),
    "time_machine": (
        "sentence", "choices", "pictures", "window", "output", "answer", "charts",
    ),
    "results": ("sentence", "choices", "facts", "charts", "pictures"),
    "lessons": ("sentence", "choices", "facts"),
    "debug": ("sentence", "choices", "verdicts", "theta", "charts", "facts"),
}  # fmt: skip
"""The parts of each page, in the order in which the page shows them."""

NAMED = 200
"""Characters of unknown names that are repeated to the visitor."""


def validate_view(page: str) -> None:
    """Remove what the link's view cannot have from the URL, and tell the visitor.

    Args:
        page: whose URL it is; one without parts hides nothing.
    """
    read_choice(SIZE, [LARGE], "")
    asked, offered = _asked(), PAGE_PARTS.get(page, ())
    unknown = [name for name in asked if name not in offered]
    if not unknown:
        return
    known = ",".join(name for name in asked if name in offered)
    update({HIDE: known} if known else {}, () if known else [HIDE])
    names = without_markdown(", ".join(unknown)[:NAMED])
    st.toast(
        f"The link hides {names}, which this page does not have. The Link button lists what it "
        "can hide.",
        duration="long",
    )


def hidden() -> list[str]:
    """The parts that the URL hides, sorted."""
    return sorted({name for name in _asked() if name in PARTS})


def _asked() -> list[str]:
    return [name for text in st.query_params.get_all(HIDE) for name in text.split(",") if name]


def shows(part: str) -> bool:
    """Whether the page shows this part: the URL does not hide it."""
    return part not in hidden()


def is_large() -> bool:
    """Whether the URL asks for type that can be read from the last row of a lecture room."""
    return st.query_params.get(SIZE) == LARGE


def hiding_rules(parts: Iterable[str] = PARTS) -> str:
    """The styles that hide parts of a component whose root names them in ``data-hide``."""
    return "\n".join(
        f'[data-hide~="{part}"] [data-part~="{part}"] {{ display: none !important; }}'
        for part in parts
    )
