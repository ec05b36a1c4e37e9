"""Inside page: one spatial transformer, opened step by step, down to the pixel."""

from __future__ import annotations

from typing import Any

import streamlit as st

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.ui.inside.model import FIRST, distortion_of, first_values, inside_data, openable
from stnviz.ui.inside.url import OF_IMAGE, as_address, read_state
from stnviz.ui.inside.view import mount_inside
from stnviz.ui.stage.model import FIRST_DIGIT, library
from stnviz.ui.train.model import train_one
from stnviz.ui.url_choice import pick_from_list
from stnviz.ui.url_state import external_changes, sync_from_component

KEY = "inside"
WIDTH = 440


def follow_inside() -> None:
    """Write what is looked at into the URL when it changes."""
    if reported := st.session_state[KEY].get("state"):
        st.session_state.offline = bool(reported.get("offline"))
        sync_from_component(as_address(reported))


def shuffle() -> None:
    """Offer ten other thumbnails."""
    st.session_state.inside_offer = st.session_state[KEY].get("shuffle") or 0


cards = library().cards()
names = openable(cards)
st.markdown("#### Open a spatial transformer, step by step, down to the pixel.")
if not names:
    st.info(f"There is no network with a transformer here: {train_one()}")
    st.stop()


def title(name: str) -> str:
    """A network's title in the list."""
    card = cards[name]
    return f"{checkpoint_title(name, card.model)} on {DATA_SETS.get(card.data).title}"


st.space("xxsmall")
first = FIRST if FIRST in names else names[0]
name = pick_from_list("model", "Network", names, first, title, WIDTH, OF_IMAGE)
card = cards[name]
distortion = distortion_of(card)
start = first_values(card) if distortion else {}
state: dict[str, Any] = read_state(distortion, start, FIRST_DIGIT)
state["asked"] = f"{external_changes()} {name}"
offer = (int(st.session_state.get("inside_offer", 0)), state.get("digit", FIRST_DIGIT))
offline = bool(st.session_state.get("offline"))
mount_inside(
    inside_data(name, card, state, offer, offline=offline),
    key=KEY,
    on_state=follow_inside,
    on_shuffle=shuffle,
)
