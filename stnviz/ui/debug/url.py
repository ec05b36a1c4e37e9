"""The state of the Debug page in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from stnviz.ui.url_state import is_integer, reject

NUMBERS = ("lane", "tick", "image", "pin", "other_lane", "other_tick", "query", "at")
AXES = ("x", "y")
PARAMETERS = (*NUMBERS, *AXES)
"""Parameters for what is seen of a trace; they mean nothing for another one."""


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """What the component reports as parameters of the address; None for what is not in it."""
    numbers = {name: _number(reported.get(name)) for name in NUMBERS}
    axes = {name: reported.get(name) for name in AXES}
    return {**numbers, **{name: str(axis)[:40] if axis else None for name, axis in axes.items()}}


def _number(value: Any) -> int | None:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if whole and 0 <= value < 2**31 else None


def read_number(name: str) -> int | None:
    """A whole number of the address; None if there is none."""
    if (text := st.query_params.get(name)) is None:
        return None
    if not is_integer(text):
        reject(name, "a whole number")
        return None
    return int(text)


def read_axis(name: str, quantities: Sequence[str]) -> str | None:
    """A quantity that the address names for an axis; None if there is none."""
    axis = st.query_params.get(name)
    if axis is None or axis in quantities:
        return axis
    reject(name, f"one of {', '.join(quantities)}")
    return None
