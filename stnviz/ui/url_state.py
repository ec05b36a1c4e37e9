"""URL parameters of a page: what a link restores, and what a component has written itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state_proxy import get_session_state

_FOLLOWED, _ASKED = "address_followed", "address_asked"
_PAGE, _LEFT, _LATEST = "address_page", "addresses_left", "address_latest"

VIEW_PARAMETERS = ("hide", "size")
"""What a link says about the view of any page (:mod:`stnviz.ui.view_options`)."""

REMEMBERED = 100
"""How many URLs a page may have left before the browser receives the latest."""


def reject(name: str, wanted: str) -> None:
    """Remove an unusable parameter from the URL, and tell the visitor.

    Args:
        name: of the parameter.
        wanted: what it must be, as the end of a sentence.
    """
    st.toast(f"The link's {name} must be {wanted}: the usual one stands here.", duration="long")
    # Only this interface may change a parameter that is bound to a widget; and without the second
    # call the widget would still be set to the value that the page was opened with.
    with get_session_state().query_params() as words:
        words.remove_param(name)
        words.set_initial_query_params_from_current()


def accept_old_names(names: Mapping[str, str]) -> None:
    """Rename the parameters of an older link before anything reads them.

    Args:
        names: old name to new name; either may be followed by a dash and a suffix that
            distinguishes several.
    """
    with get_session_state().query_params() as words:
        found = {name: words.get_all(name) for name in words if name.partition("-")[0] in names}
        for name, values in found.items():
            base, dash, rest = name.partition("-")
            if (new := names[base] + dash + rest) not in words:
                words.set_with_no_forward_msg(new, values)
            words.remove_param(name)  # this sends both changes to the browser
        if found:
            words.set_initial_query_params_from_current()


def read_int(name: str, low: int, high: int, otherwise: int) -> int:
    """A whole number from the URL, clamped to the bounds; ``otherwise`` if there is none."""
    if (text := st.query_params.get(name)) is None:
        return otherwise
    if not is_integer(text):
        reject(name, f"a whole number from {low:,} to {high:,}")
        return otherwise
    return min(max(int(text), low), high)


def is_integer(text: str) -> bool:
    """Whether ``text`` is a whole number as links have them: at most ten plain digits."""
    return text.isascii() and text.isdecimal() and len(text) < 11


def read_fraction(name: str, otherwise: float) -> float:
    """A number from the URL, clamped to [0, 1]; ``otherwise`` if there is none."""
    if (text := st.query_params.get(name)) is None:
        return otherwise
    if (number := parse_float(text)) is None:
        reject(name, "a number from 0 to 1")
        return otherwise
    return min(max(number, 0.0), 1.0)


def parse_float(text: str) -> float | None:
    """``text`` as a finite number; None if it is not one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def validate_number(name: str, low: float, high: float, *, whole: bool = False) -> None:
    """Remove ``name`` from the URL if its value is none that the widget bound to it can take.

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
    """Remove ``name`` from the URL if the widget bound to it does not offer its value.

    Args:
        name: of the parameter.
        offered: the valid values, as links have them.
        wanted: what it must be, as the end of a sentence; by default lists all of ``offered``.
        most: how many of them may be chosen together.
    """
    texts = st.query_params.get_all(name)
    if texts and (len(texts) > most or not set(texts) <= set(offered)):
        kind = "one" if most == 1 else f"at most {most}"
        reject(name, wanted or f"{kind} of {', '.join(offered)}")


def read_choice(name: str, offered: Sequence[str], otherwise: str, wanted: str = "") -> str:
    """The one of ``offered`` that the URL names, or ``otherwise``; as :func:`validate_choice`."""
    validate_choice(name, offered, wanted)
    return st.query_params.get(name, otherwise)


def restore_latest() -> None:
    """Restore the latest URL if the browser has sent a request with an older one.

    Streamlit runs a page with the URL that the browser had when it sent the request. If a visitor
    acts before the server's answer arrives, that is a URL that the page has already left. After
    the browser's Back, the older URL is intended and stays.
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


def update(changes: Mapping[str, object], drops: Collection[str] = ()) -> None:
    """Change the URL in one step, so that the browser's Back undoes one action.

    Args:
        changes: parameters to set.
        drops: parameters to remove.
    """
    restore_latest()
    before = st.query_params.to_dict()
    _go(before, _changed(before, changes, drops))


def _changed(
    before: dict[str, str], changes: Mapping[str, object], drops: Collection[str]
) -> dict[str, str]:
    kept = {name: value for name, value in before.items() if name not in drops}
    return {**kept, **{name: str(value) for name, value in changes.items()}}


def _go(before: dict[str, str], after: dict[str, str]) -> None:
    """Replace one URL by another. Writing may end the run, so the change is recorded first."""
    if after == before:
        return
    left = [one for one in st.session_state[_LEFT] if one != after]
    st.session_state.update({_LEFT: [*left, before][-REMEMBERED:], _LATEST: after})
    _write(after)


def _write(address: dict[str, str]) -> None:
    """Write the URL; unchanged parameters are not touched, as they may be bound to a widget."""
    here = st.query_params.to_dict()
    if set(here) <= set(address):
        st.query_params.update({k: v for k, v in address.items() if here.get(k) != v})
    else:
        st.query_params.from_dict(address)


def view_parameters() -> dict[str, str]:
    """What the URL says about the view, for a page that writes all its parameters anew."""
    here = st.query_params.to_dict()
    return {name: here[name] for name in VIEW_PARAMETERS if name in here}


def switch(on: bool) -> int | None:
    """The URL value of a switch that is off by default: present only if it is on."""
    return 1 if on else None


def sync_from_component(state: Mapping[str, object]) -> None:
    """Write the state that a component reports into the URL; values that are None are left out."""
    restore_latest()
    usual = [name for name, value in state.items() if value is None]
    before = st.query_params.to_dict()
    after = _changed(before, {k: v for k, v in state.items() if v is not None}, usual)
    st.session_state[_FOLLOWED] = after
    _go(before, after)


def external_changes() -> int:
    """How often the URL changed without a component: by a link, or the browser's Back."""
    address = st.query_params.to_dict()
    if address != st.session_state.get(_FOLLOWED):
        return _ask(address)
    return int(st.session_state[_ASKED])


def correct(state: Mapping[str, object]) -> int:
    """Correct a URL that asks for something unavailable; :func:`external_changes` counts it."""
    sync_from_component(state)
    return _ask(st.query_params.to_dict())


def _ask(address: dict[str, str]) -> int:
    st.session_state[_FOLLOWED] = address
    st.session_state[_ASKED] = asked = int(st.session_state.get(_ASKED, 0)) + 1
    return asked
