"""Which pictures, and which network: two rows of pills, and both in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from stnviz.data.sets import DataSet
from stnviz.training.cards import Card
from stnviz.training.titles import checkpoint_title


def choose(cards: Mapping[str, Card], kinds: Mapping[str, DataSet]) -> tuple[str, str]:
    """The data set and the checkpoint that are looked at.

    Args:
        cards: of all networks that can be looked at, at least one.
        kinds: their data sets by name, in the order of the row.
    """
    there = [data for data in kinds if any(card.data == data for card in cards.values())]
    data = pick("what", "Pictures", there, there[0], lambda one: kinds[one].title)
    fitting = [name for name, card in cards.items() if card.data == data]
    first = f"{data}/{kinds[data].first}"
    first = first if first in fitting else fitting[-1]
    return data, pick(
        "model", "Network", fitting, first, lambda one: checkpoint_title(one, cards[one].model)
    )


def pick(name: str, label: str, offered: list[str], first: str, say: Callable[[str], str]) -> str:
    """One of several, as the address has it or as it is clicked."""
    asked = st.query_params.get(name, first)
    if asked not in offered:
        asked = first
    chosen = st.pills(
        label, offered, default=asked, required=True, format_func=say,
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    st.query_params[name] = chosen
    return chosen
