"""The address of a page: what a link restores, and what a component has put there itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

_FOLLOWED, _ASKED = "address_followed", "address_asked"


def whole(name: str, low: int, high: int, otherwise: int) -> int:
    """A whole number of the address, within bounds."""
    text = st.query_params.get(name, "")
    fits = text.isdecimal() and len(text) < 9
    return min(max(int(text), low), high) if fits else otherwise


def share(name: str, otherwise: float) -> float:
    """A number from 0 to 1 of the address."""
    try:
        return min(max(float(st.query_params.get(name, "")), 0.0), 1.0)
    except ValueError:
        return otherwise


def change(news: Mapping[str, object], drops: Collection[str] = ()) -> None:
    """Change the address in one go, so that the browser's Back takes one deed back.

    Args:
        news: what is to stand in it.
        drops: what is taken out.
    """
    words = {name: str(value) for name, value in news.items()}
    before = st.query_params.to_dict()
    kept = {name: value for name, value in before.items() if name not in drops}
    if kept != before:
        st.query_params.from_dict({**kept, **words})
    elif {**before, **words} != before:
        st.query_params.update(words)  # which leaves alone what is bound to a widget


def follow(state: Mapping[str, object]) -> None:
    """Put what a component says of itself into the address."""
    change(state)
    st.session_state[_FOLLOWED] = st.query_params.to_dict()


def asked_anew() -> int:
    """How often the address changed without a component: by a link, or the browser's Back."""
    address = st.query_params.to_dict()
    if address != st.session_state.get(_FOLLOWED):
        return _ask(address)
    return int(st.session_state[_ASKED])


def put_back(state: Mapping[str, object]) -> int:
    """Correct the address where it asks for what cannot be had; :func:`asked_anew` counts it."""
    follow(state)
    return _ask(st.query_params.to_dict())


def _ask(address: dict[str, str]) -> int:
    st.session_state[_FOLLOWED] = address
    st.session_state[_ASKED] = asked = int(st.session_state.get(_ASKED, 0)) + 1
    return asked
