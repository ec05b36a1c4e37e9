"""One of several things, as the address has it or as it is clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from stnviz.data.sets import DataSet
from stnviz.training.cards import Card
from stnviz.training.titles import checkpoint_title


def choose(
    cards: Mapping[str, Card], kinds: Mapping[str, DataSet], drops: Sequence[str] = ()
) -> tuple[str, str]:
    """The data set and the checkpoint that are looked at: two rows of choices.

    Args:
        cards: of all networks that can be looked at, at least one.
        kinds: their data sets by name, in the order of the row.
        drops: what is taken out of the address when another one is chosen.
    """
    there = [data for data in kinds if any(card.data == data for card in cards.values())]
    data = pick("what", "Pictures", there, there[0], lambda one: kinds[one].title, drops)
    fitting = [name for name, card in cards.items() if card.data == data]
    first = f"{data}/{kinds[data].first}"
    first = first if first in fitting else fitting[-1]
    return data, pick(
        "model", "Network", fitting, first, lambda one: checkpoint_title(one, cards[one].model)
    )


def pick(
    name: str,
    label: str,
    offered: Sequence[str],
    first: str,
    say: Callable[[str], str],
    drops: Sequence[str] = (),
) -> str:
    """Offer choices side by side.

    Args:
        name: in the address.
        label: what is chosen, for those who do not see the page.
        offered: the choices.
        first: the one that stands where the address says nothing that can be used.
        say: what a choice is called.
        drops: what is taken out of the address when another one is chosen.
    """
    asked = asked_for(name, offered, first)
    chosen = st.pills(
        label, offered, default=asked, required=True, format_func=say,
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return note(name, asked, chosen, drops)


def pick_from_list(
    name: str,
    label: str,
    offered: Sequence[str],
    first: str,
    say: Callable[[str], str],
    width: int,
) -> str:
    """As :func:`pick`, for so many that they need a list, some pixels wide."""
    asked = asked_for(name, offered, first)
    chosen = st.selectbox(
        label, offered, index=list(offered).index(asked), format_func=say,
        label_visibility="collapsed", width=width,
    )  # fmt: skip
    return note(name, asked, chosen, ())


def asked_for(name: str, offered: Sequence[str], first: str) -> str:
    """What the address says, where that is offered."""
    asked = st.query_params.get(name, first)
    return asked if asked in offered else first


def note(name: str, asked: str, chosen: str, drops: Sequence[str]) -> str:
    """Put a choice into the address."""
    if chosen != asked:
        for other in drops:
            st.query_params.pop(other, None)
    st.query_params[name] = chosen
    return chosen
