"""Widgets that choose one of several things; the URL holds the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DataSet
from stnviz.live.links import quoted
from stnviz.papers import attention
from stnviz.papers import recurrent as again
from stnviz.ui.url_state import update

NETWORKS = {**attention.NETWORKS, **again.NETWORKS}
"""The shipped networks of each data set, the plainest first; known without torch."""


def choose(
    cards: Mapping[str, Card], kinds: Mapping[str, DataSet], drops: Sequence[str] = ()
) -> tuple[str, str]:
    """Two rows of choices; returns the chosen data set and checkpoint.

    Of a data set whose networks are shown together, only the first row, and the first checkpoint.

    Args:
        cards: of all networks that can be chosen, at least one.
        kinds: their data sets by name, in the order of the row.
        drops: URL parameters that are removed when another data set is chosen.
    """
    there = [data for data in kinds if any(card.data == data for card in cards.values())]
    # A link that names only a network implies its data set, whichever comes first today.
    named = cards.get(st.query_params.get("model", ""))
    start = named.data if named is not None and named.data in there else there[0]
    data = pick("what", "Pictures", there, start, lambda one: kinds[one].title, [*drops, "model"])
    fitting = in_order(cards, data)
    first = f"{data}/{kinds[data].first}"
    first = first if first in fitting else fitting[-1]
    if kinds[data].together:
        return data, first
    return data, pick(
        "model", "Network", fitting, first, lambda one: checkpoint_title(one, cards[one].model)
    )


def in_order(cards: Mapping[str, Card], data: str) -> list[str]:
    """The checkpoints of a data set, the plainest network first."""
    models = dict.fromkeys(model for model, _ in NETWORKS.get(data, ()))
    rank = {model: place for place, model in enumerate(models)}
    names = [name for name, card in cards.items() if card.data == data]
    # A card from elsewhere may name a network that is not shipped: it comes last.
    return sorted(names, key=lambda name: rank.get(cards[name].model.get("name", ""), len(rank)))


def pick(
    name: str,
    label: str,
    offered: Sequence[str],
    first: str,
    say: Callable[[str], str],
    drops: Sequence[str] = (),
) -> str:
    """Offer choices side by side and return the chosen one.

    Args:
        name: of the URL parameter.
        label: what is chosen, for screen readers.
        offered: the choices.
        first: the one that is chosen if the URL has no valid value.
        say: gives the title of a choice.
        drops: URL parameters that are removed when another one is chosen.
    """
    settled = _settled(name, label, offered, first)
    chosen = st.pills(
        label, offered, key=settled, on_change=_chosen, args=(name, settled, drops),
        required=True, format_func=say, label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return chosen or first


def pick_from_list(
    name: str,
    label: str,
    offered: Sequence[str],
    first: str,
    say: Callable[[str], str],
    width: int | Literal["stretch"] = "stretch",
    drops: Sequence[str] = (),
) -> str:
    """As :func:`pick`, for so many choices that they need a list, ``width`` pixels wide."""
    settled = _settled(name, label, offered, first)
    chosen = st.selectbox(
        label, offered, key=settled, on_change=_chosen, args=(name, settled, drops),
        format_func=say, label_visibility="collapsed", width=width,
    )  # fmt: skip
    return chosen or first


def _settled(name: str, label: str, offered: Sequence[str], first: str) -> str:
    """Set a widget to what the URL says; return the widget's key.

    Only the URL holds the choice: a click changes it before the page reruns. (A widget whose
    default followed the URL would become another widget with every choice, and lose the next
    click.)
    """
    key, asked = f"chosen-{name}", st.query_params.get(name)
    if asked is not None and asked not in offered:
        st.toast(
            f"There is no {label.lower()} {quoted(asked)} here: this is another one.",
            duration="long",
        )
        update({}, [name])
        asked = None
    st.session_state[key] = first if asked is None else asked
    return key


def _chosen(name: str, key: str, drops: Sequence[str]) -> None:
    update({name: st.session_state[key]}, drops)
