"""Controls of the Video page: what moves in the clip, and which network processes it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.clips import LARGEST_FILE, LONGEST, MAX_FRAMES, SUFFIXES
from stnviz.data.digits import GALLERY_COUNT
from stnviz.data.synthetic_clips import MOTIONS
from stnviz.live.links import FIRST_DIGIT, LARGEST_SEED
from stnviz.ui.url_choice import pick, pick_from_list
from stnviz.ui.url_state import read_int, update
from stnviz.ui.video.model import (
    ClipTrace,
    first_network,
    motions,
    picture_count,
    watch_digit,
    watch_picture,
)

DIGIT = "digit-chosen"


def go_to(name: str, value: int) -> None:
    """Choose another digit, image or path: its clip plays from the start."""
    update({name: value}, ["frame"])


def choose_network(cards: dict[str, Card]) -> str:
    """The network that processes the clip."""
    order = DATA_SETS.names()
    names = sorted(cards, key=lambda name: (order.index(cards[name].data), name))
    return pick_from_list(
        "model", "Network", names, first_network(cards, names),
        lambda name: f"{checkpoint_title(name, cards[name].model)} on "
        f"{DATA_SETS.get(cards[name].data).title}", 400,
    )  # fmt: skip


def choose_motion(card: Card) -> tuple[str, int]:
    """The motion of the clip, and the seed of its path."""
    offered, seed = motions(card), read_int("seed", 0, LARGEST_SEED - 1, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        motion = pick(
            "clip", "Clip", offered, offered[0], lambda one: MOTIONS.get(one).title, ["frame"]
        )
        st.button("Another path", on_click=go_to, args=("seed", (seed + 1) % LARGEST_SEED))
    return motion, seed


def choose_digit() -> int:
    """The gallery digit that moves."""
    index = read_int("digit", 0, GALLERY_COUNT - 1, FIRST_DIGIT)
    st.session_state[DIGIT] = index % 10
    st.segmented_control(
        "Digit", range(10), key=DIGIT, on_change=_to_digit, args=(index - index % 10,),
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    return index


def _to_digit(ten: int) -> None:
    go_to("digit", ten + st.session_state[DIGIT])


def generated(name: str, card: Card, place: DeltaGenerator) -> ClipTrace:
    """A clip of a moving digit, or of a moving test image of the network's data.

    Args:
        name: of the network.
        card: its card.
        place: container for the controls of what moves.

    Raises:
        ResourceNotFound: the images are not on this machine; the message says where to get them.
        BadCheckpoint: the network does not load.
    """
    motion, seed = choose_motion(card)
    if card.family == "digits":
        with place:
            digit = choose_digit()
        return watch_digit(name, card, motion, digit, seed)
    last = picture_count(name, card) - 1
    index = read_int("picture", 0, last, 0)
    with place.container(horizontal=True, vertical_alignment="center"):
        back, on = max(index - 1, 0), min(index + 1, last)
        st.button("\u2039", on_click=go_to, args=("picture", back), help="Back")
        st.button("\u203a", on_click=go_to, args=("picture", on), help="On")
        st.caption(f"Picture {index + 1:,} of {last + 1:,}")
    return watch_picture(name, card, motion, index, seed)


def own() -> UploadedFile | None:
    """A clip of the visitor's own, shown instead of the generated one."""
    with st.expander("Watch a clip of your own"):
        file = st.file_uploader(
            "Clip", SUFFIXES, label_visibility="collapsed", max_upload_size=LARGEST_FILE // 2**20,
            help=f"The middle square of it is looked at, for {LONGEST:.0f} s or {MAX_FRAMES} "
            "frames. It stays on this server.",
        )  # fmt: skip
        if file:
            st.caption("Take the file out again to let digits and pictures move.")
    return file
