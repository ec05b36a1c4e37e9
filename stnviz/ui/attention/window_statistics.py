"""Tables over the whole test set: what windows contain, and which window takes which digit."""

from __future__ import annotations

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.ui.attention.model import part_hits
from stnviz.ui.attention.view import LETTERS


def show_hits(card: Card) -> None:
    """How often each window contains each part of the bird."""
    hits = part_hits(card)
    if hits is None:
        return
    rows = [(f"Window {letter}", rates) for letter, rates in hits["windows"].items()]
    rows += [("Best fixed window", hits["fixed"]), ("Random window", hits["random"])]
    st.markdown("##### What the windows hold")
    st.table(
        [
            {"": title, **{part: f"{100 * r:.0f} %" for part, r in rates.items()}}
            for title, rates in rows
        ]
    )
    st.caption(
        "In how many test pictures a window holds all that is seen of a part. The best fixed "
        "window is as large as these are on average "
        f"({100 * hits['size']:.0f} % of the picture's side), stays where it is, and was chosen "
        "for each part with hindsight."
    )


def show_shares(card: Card) -> None:
    """Which transformer follows which digit, or from which one on the number is found."""
    shares = card.metrics.get("follows")
    if not shares:
        return
    if card.family == "numbers":
        _show_stages([share for (share,) in shares])
    else:
        _show_takers(shares)


def _show_takers(shares: list[list[float]]) -> None:
    st.markdown("##### Who takes which digit")
    st.table(
        [
            {"": f"Window {letter}", "white digit": f"{100 * white:.0f} %",
             "rose digit": f"{100 * rose:.0f} %"}
            for letter, (white, rose) in zip(LETTERS, shares, strict=False)
        ]
    )  # fmt: skip
    st.caption(
        "How much of each digit's movement is told by where the window is, over the whole test "
        "set: a window that puts a digit upright moves as the digit moves."
    )


def _show_stages(shares: list[float]) -> None:
    st.markdown("##### Does the window follow the number?")
    titles = ["window"] if len(shares) == 1 else [f"after {k}" for k in range(1, len(shares) + 1)]
    explained = (f"{100 * share:.0f} %" for share in shares)
    st.table([{"": "Told by the window", **dict(zip(titles, explained, strict=True))}])
    st.caption(
        "How much of where the number is, and how large, is told by where the window is, over "
        "five hundred test crops: nothing by a window that stands still."
    )
