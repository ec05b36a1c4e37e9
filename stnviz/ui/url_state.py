"""The address of a page: what a link restores, and what a component has put there itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state_proxy import get_session_state

_FOLLOWED, _ASKED = "address_followed", "address_asked"
_PAGE, _LEFT, _LATEST = "address_page", "addresses_left", "address_latest"

REMEMBERED = 100
"""How many addresses a page may have left before a browser hears of the latest."""


def reject(name: str, wanted: str) -> None:
    """Take what cannot be used out of the address, and say so.

    Args:
        name: in the address.
        wanted: what it must be, as the end of a sentence.
    """
    st.toast(f"The link's {name} must be {wanted}: the usual one stands here.", duration="long")
    # Streamlit lets nobody else touch what is bound to a widget; and such a widget would still be
    # set to what the page was opened with.
    with get_session_state().query_params() as words:
        words.remove_param(name)
        words.set_initial_query_params_from_current()


def accept_old_names(names: Mapping[str, str]) -> None:
    """Put what an older link says under its new names, before anything reads it.

    Args:
        names: old name to new name; either may be followed by a dash and what tells several apart.
    """
    with get_session_state().query_params() as words:
        found = {name: words.get_all(name) for name in words if name.partition("-")[0] in names}
        for name, values in found.items():
            base, dash, rest = name.partition("-")
            if (new := names[base] + dash + rest) not in words:
                words.set_with_no_forward_msg(new, values)
            words.remove_param(name)  # which tells the browser of both
        if found:
            words.set_initial_query_params_from_current()


def read_int(name: str, low: int, high: int, otherwise: int) -> int:
    """A whole number of the address, within bounds."""
    if (text := st.query_params.get(name)) is None:
        return otherwise
    if not is_integer(text):
        reject(name, f"a whole number from {low:,} to {high:,}")
        return otherwise
    return min(max(int(text), low), high)


def is_integer(text: str) -> bool:
    """Whether ``text`` is a whole number as links have them: a few plain digits."""
    return text.isascii() and text.isdecimal() and len(text) < 11


def read_fraction(name: str, otherwise: float) -> float:
    """A number from 0 to 1 of the address."""
    if (text := st.query_params.get(name)) is None:
        return otherwise
    if (number := parse_float(text)) is None:
        reject(name, "a number from 0 to 1")
        return otherwise
    return min(max(number, 0.0), 1.0)


def parse_float(text: str) -> float | None:
    """The finite number that ``text`` is, if it is one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def validate_number(name: str, low: float, high: float, *, whole: bool = False) -> None:
    """Drop what a widget that is bound to ``name`` could not stand at.

    Streamlit sets such a widget before the page's own code sees the value.
    """
    texts = st.query_params.get_all(name)
    if not texts:
        return
    number = parse_float(texts[-1]) if not whole or is_integer(texts[-1]) else None
    if len(texts) > 1 or number is None or not low <= number <= high:
        bounds = f"{low:,.0f} to {high:,.0f}" if whole else f"{low:,g} to {high:,g}"
        reject(name, f"one {'whole ' if whole else ''}number from {bounds}")


def validate_choice(name: str, offered: Collection[str], wanted: str = "", most: int = 1) -> None:
    """Drop what is none of ``offered``, where a widget that is bound to ``name`` offers them.

    Args:
        name: in the address.
        offered: as a link has them.
        wanted: what it must be, as the end of a sentence; all that are offered by default.
        most: how many of them may be chosen together.
    """
    texts = st.query_params.get_all(name)
    if texts and (len(texts) > most or not set(texts) <= set(offered)):
        kind = "one" if most == 1 else f"at most {most}"
        reject(name, wanted or f"{kind} of {', '.join(offered)}")


def read_choice(name: str, offered: Sequence[str], otherwise: str, wanted: str = "") -> str:
    """Of ``offered`` the one that the address names, else ``otherwise``; arguments as above."""
    validate_choice(name, offered, wanted)
    return st.query_params.get(name, otherwise)


def restore_latest() -> None:
    """Set right what the browser takes for the address while it has not heard of a newer one.

    Streamlit runs a page with the address that the browser had when it asked. Whoever is quicker
    than the server asks with one that the page has left; by Back, one is gone back to.
    """
    context, known = get_script_run_ctx(), st.session_state
    page = context.page_script_hash if context else ""
    if known.get(_PAGE) != page or (context and context.is_history_navigation):
        known.update({_PAGE: page, _LEFT: [], _LATEST: {}})
        return
    here = st.query_params.to_dict()
    if here in known[_LEFT]:
        with get_session_state().query_params() as words:
            bound = {name: value for name, value in here.items() if words.is_bound(name)}
        _write({**known[_LATEST], **bound})


def update(news: Mapping[str, object], drops: Collection[str] = ()) -> None:
    """Change the address in one go, so that the browser's Back takes one deed back.

    Args:
        news: what is to stand in it.
        drops: what is taken out.
    """
    restore_latest()
    before = st.query_params.to_dict()
    _go(before, _changed(before, news, drops))


def _changed(
    before: dict[str, str], news: Mapping[str, object], drops: Collection[str]
) -> dict[str, str]:
    kept = {name: value for name, value in before.items() if name not in drops}
    return {**kept, **{name: str(value) for name, value in news.items()}}


def _go(before: dict[str, str], after: dict[str, str]) -> None:
    """From one address to another. What is written may end the run: it is noted before."""
    if after == before:
        return
    left = [one for one in st.session_state[_LEFT] if one != after]
    st.session_state.update({_LEFT: [*left, before][-REMEMBERED:], _LATEST: after})
    _write(after)


def _write(address: dict[str, str]) -> None:
    """Put it into the address; what does not change may be bound to a widget."""
    here = st.query_params.to_dict()
    if set(here) <= set(address):
        st.query_params.update({k: v for k, v in address.items() if here.get(k) != v})
    else:
        st.query_params.from_dict(address)


def switch(on: bool) -> int | None:
    """How a switch that is usually off stands in the address: only where it is on."""
    return 1 if on else None


def sync_from_component(state: Mapping[str, object]) -> None:
    """Put what a component says of itself into the address; what is None is left out of it."""
    restore_latest()
    usual = [name for name, value in state.items() if value is None]
    before = st.query_params.to_dict()
    after = _changed(before, {k: v for k, v in state.items() if v is not None}, usual)
    st.session_state[_FOLLOWED] = after
    _go(before, after)


def external_changes() -> int:
    """How often the address changed without a component: by a link, or the browser's Back."""
    address = st.query_params.to_dict()
    if address != st.session_state.get(_FOLLOWED):
        return _ask(address)
    return int(st.session_state[_ASKED])


def correct(state: Mapping[str, object]) -> int:
    """Correct an address that asks for what cannot be had; :func:`external_changes` counts it."""
    sync_from_component(state)
    return _ask(st.query_params.to_dict())


def _ask(address: dict[str, str]) -> int:
    st.session_state[_FOLLOWED] = address
    st.session_state[_ASKED] = asked = int(st.session_state.get(_ASKED, 0)) + 1
    return asked
