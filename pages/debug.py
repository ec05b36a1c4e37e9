"""Debug page: what the transformers of any network do, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import BadCheckpoint, Card
from stnviz.not_found import ResourceNotFound
from stnviz.ui.debug.choice import (
    NONE,
    choose_beside,
    choose_network,
    examine,
    examine_uploads,
    offered,
    upload,
)
from stnviz.ui.debug.message import Message, View, first_message, message_of
from stnviz.ui.debug.model import Examined, NothingToExamine
from stnviz.ui.debug.series import Series, series_of
from stnviz.ui.debug.url import as_address, read_axis, read_number
from stnviz.ui.debug.view import mount_debug
from stnviz.ui.export.handed import hand_over
from stnviz.ui.pages import link
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import train_one
from stnviz.ui.url_state import external_changes, reject, sync_from_component
from stnviz.ui.view_options import shows
from stnviz.ui.wording import without_markdown

KEY, OPENED = "debug", "debug-opened"


def follow_debug() -> None:
    """Write the transformer, the images and the axes into the URL when they change."""
    if reported := st.session_state[KEY].get("state"):
        sync_from_component(as_address(reported))


def viewed() -> View:
    """What the URL says is in view."""
    lane, tick, image, pin = (read_number(name) for name in ("lane", "tick", "image", "pin"))
    other_lane, other_tick = read_number("other_lane"), read_number("other_tick")
    other = None if other_lane is None or other_tick is None else (other_lane, other_tick)
    return View(lane, tick, image or 0, pin, other)


def opened_with(message: Message, series: Series | None) -> dict[str, Any]:
    """The component's initial state, as the URL has it.

    It changes only when the URL changes from outside, or something else is examined: what the
    component does by itself is not sent back to it.
    """
    first, *others = message.head["sides"]
    names = [quantity["name"] for quantity in first["quantities"]]
    state: dict[str, Any] = {name: read_number(name) for name in ("image", "pin", "query", "at")}
    if series and state["at"] is None:
        state["at"] = series.first
    state |= {name: read_axis(name, names) for name in ("x", "y")}
    there = {(one["lane"], one["tick"]) for one in first["transformers"]}
    wanted = read_number("lane"), read_number("tick")
    if wanted != (None, None) and wanted not in there:
        for name in ("lane", "tick"):
            reject(name, "of a transformer that the trace has")
    state |= {"lane": first["lane"], "tick": first["tick"]}
    for other in others:
        state |= {"other_lane": other["lane"], "other_tick": other["tick"]}
    state["asked"] = f"{external_changes()} {[side['key'] for side in message.head['sides']]}"
    kept = st.session_state.get(OPENED)
    if kept is None or kept["asked"] != state["asked"]:
        st.session_state[OPENED] = kept = state
    return dict(kept)


def show(message: Message, series: Series | None) -> None:
    """Show the component."""
    state = opened_with(message, series)
    mount_debug({**message.data, "state": state}, key=KEY, on_state=follow_debug)


def examined(names: Sequence[str], cards: Mapping[str, Card]) -> list[Examined]:
    """What can be examined of these; of the rest, the reason is shown."""
    found = []
    for place, name in enumerate(names):
        try:
            with st.spinner("Examining the network"):
                found.append(examine(name, cards, None if place else read_number("at")))
        except (NothingToExamine, ResourceNotFound, BadCheckpoint) as error:
            st.error(without_markdown(str(error)))
    return found


cards = library().cards(ill=True)
if shows("sentence"):
    st.markdown("#### Open a network's transformers, and see what is wrong with them.")
if not offered(cards):
    st.info(f"There is no network with transformers here: {train_one()}")
    st.stop()

st.space("xxsmall")
looking = st.container()
row = looking.container(key="part-choices-row", horizontal=True, vertical_alignment="center")
first, second, third = (row.container(width="content") for _ in range(3))
with third:
    files = upload()
with looking:
    own = examine_uploads(files)
    hand_over("debug", own[0].upload if own else None)
with first:
    names = [] if own else [choose_network(cards)]
with second:
    names += [name for name in [choose_beside(cards)] if name != NONE]
with looking:
    view = viewed()
    if own:
        st.caption(
            "This is your own trace. The address holds what is chosen in it, but not the trace: "
            "send the file along."
        )
        st.page_link(link("inside"), label="Open it on Inside, down to the pixel")
    message = None if own else first_message(names, cards, view)
    series = None if own else series_of(names[0])
    sides = [] if message else [*own, *examined(names, cards)][:2]
    if sides:
        message = message_of(sides, view, series, shared=not own)
    if message:
        show(message, series)
