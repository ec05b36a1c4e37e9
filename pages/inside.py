"""Inside page: one spatial transformer, opened step by step, down to the pixel."""

from __future__ import annotations

from typing import Any

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.photos import BadPicture
from stnviz.live.links import FIRST_DIGIT
from stnviz.live.protocol import encode_ink
from stnviz.ui.export.handed import hand_over
from stnviz.ui.inside.model import (
    FIRST,
    OPENING,
    distortion_of,
    first_values,
    inside_data,
    keep_photo,
    openable,
    takes_photos,
    trace_data,
)
from stnviz.ui.inside.trace import answer_of_trace, opened_traces
from stnviz.ui.inside.url import OF_IMAGE, as_address, read_state
from stnviz.ui.inside.view import mount_inside
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import train_one
from stnviz.ui.uploads import NotKept, bytes_of, own_digit
from stnviz.ui.url_choice import pick_from_list
from stnviz.ui.url_state import external_changes, sync_from_component, update
from stnviz.ui.view_options import shows

KEY, UPLOAD = "inside", "inside-upload"
WIDTH = 440


def follow_inside() -> None:
    """Write what is looked at into the URL when it changes."""
    if reported := st.session_state[KEY].get("state"):
        st.session_state.offline = bool(reported.get("offline"))
        sync_from_component(as_address(reported))


def shuffle() -> None:
    """Offer ten other thumbnails."""
    st.session_state.inside_offer = st.session_state[KEY].get("shuffle") or 0


def take_digit() -> None:
    """Open the network on an uploaded digit: it is in the URL, as a drawing is."""
    if (file := st.session_state[UPLOAD]) is None:
        return
    try:
        update({"ink": encode_ink(own_digit(bytes_of(file)))}, ["digit", "theta", "label"])
    except (BadPicture, NotKept) as error:
        st.toast(str(error), duration="long")


def photo_of(card: Card) -> str | None:
    """The digest of the visitor's photo; None if there is none that can be read."""
    if (file := st.session_state.get(UPLOAD)) is None:
        return None
    try:
        return keep_photo(file.name, bytes_of(file), card)
    except (BadPicture, NotKept) as error:
        st.error(str(error))
        return None


hand_over("inside", None)
cards, traces = library().cards(), opened_traces()
names = [*traces, *openable(cards)]
if shows("sentence"):
    st.markdown(f"#### {OPENING}")
if not names:
    st.info(f"There is no network with a transformer here: {train_one()}")
    st.stop()


def title(name: str) -> str:
    """A network's title in the list."""
    if name in traces:
        return f"your trace {traces[name].title[:60]}"
    card = cards[name]
    return f"{checkpoint_title(name, card.model)} on {DATA_SETS.get(card.data).title}"


st.space("xxsmall")
first = next(iter(traces), FIRST if FIRST in names else names[0])
with st.container(key="part-choices", horizontal=True, vertical_alignment="center"):
    name = pick_from_list("model", "Network", names, first, title, WIDTH, OF_IMAGE)
    card = cards.get(name)
    if card and (card.family == "digits" or takes_photos(card)):
        with st.popover("Upload"):
            st.file_uploader(
                "A picture of one digit, at most 5 MB"
                if card.family == "digits"
                else "A picture of your own, at most 5 MB",
                ["png", "jpg", "jpeg", "webp", "gif", "bmp"],
                key=UPLOAD,
                on_change=take_digit if card.family == "digits" else None,
                max_upload_size=5,
            )
distortion = distortion_of(card) if card else None
start = first_values(card) if card and distortion else {}
state: dict[str, Any] = read_state(distortion, start, FIRST_DIGIT)
if card and takes_photos(card):
    state["photo"] = photo_of(card)
state["asked"] = f"{external_changes()} {name} {state.get('photo')}"
offer = (int(st.session_state.get("inside_offer", 0)), state.get("digit", FIRST_DIGIT))
offline = bool(st.session_state.get("offline"))
if not card:
    hand_over("inside", traces[name].upload)
data = (
    inside_data(name, card, state, offer, offline=offline)
    if card
    else trace_data(name, state, answer_of_trace(traces[name], state))
)
mount_inside(
    data,
    key=KEY,
    on_state=follow_inside,
    on_shuffle=shuffle,
)
