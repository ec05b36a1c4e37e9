"""Video: a clip goes through a network, frame by frame, and its windows follow."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stnviz.data.clips import LARGEST_FILE, LONGEST, MOST_FRAMES, BadClip
from stnviz.data.digits import GALLERY_COUNT
from stnviz.data.moving import MOTIONS
from stnviz.data.sets import DATA_SETS
from stnviz.missing import Missing
from stnviz.training.cards import BadCheckpoint, Card
from stnviz.training.titles import checkpoint_title
from stnviz.ui.address import asked_anew, follow, whole
from stnviz.ui.attention import LETTERS
from stnviz.ui.choosing import pick, pick_from_list
from stnviz.ui.links import LARGEST_SEED
from stnviz.ui.play import FIRST_DIGIT, shelf
from stnviz.ui.training import train_one
from stnviz.ui.video import mount_video
from stnviz.ui.watching import (
    Watch,
    first_network,
    message,
    motions,
    networks,
    saved,
    sentences,
    watch_digit,
    watch_own,
    watch_picture,
)

KEY, HALTED, OPENED = "video", "halted", "opened"
PATIENCE = 0.5
"""Seconds after which a clip that is being computed shows how far it is."""

TEN_IN_A_ROW = "<style>.st-key-things button { padding-inline: 0.5rem; min-width: 2.2rem; }</style>"
"""Ten digits side by side on a phone."""

ROUGHNESS = (
    "Roughness: near 0 a window glides; above 1 it trembles, and one frame says little of the next."
)
SUFFIXES = ("gif", "mp4", "webm", "mov", "mkv", "avi", "m4v", "mpg", "mpeg", "ts", "ogv", "apng")


def follow_clip() -> None:
    """Another frame was chosen, or the grid: the address follows."""
    if told := st.session_state[KEY].get("state"):
        follow({"frame": told["frame"], "grid": int(told["grid"])})


def opened_with(watch: Watch) -> dict[str, Any]:
    """The component's state as a link has it; another clip of one's own plays from its start.

    It changes only when the address does so by itself: a large clip is not sent again for every
    frame at which somebody stops.
    """
    asked, kept = asked_anew(), st.session_state.get(OPENED)
    if kept is None or (kept["anew"], kept["source"]) != (asked, watch.source):
        other = kept is not None and kept["anew"] == asked
        there = "frame" in st.query_params and not other
        state = {
            "frame": whole("frame", 0, watch.done - 1, 0) if there else None,
            "grid": bool(whole("grid", 0, 1, 0)),
            "asked": f"{asked} {watch.source}",
        }
        kept = {"anew": asked, "source": watch.source, "state": state}
        st.session_state[OPENED] = kept
    return dict(kept["state"])


def go_to(name: str, value: int) -> None:
    """Another digit, picture or path: it plays from its start."""
    st.query_params.pop("frame", None)
    st.query_params[name] = str(value)


def halt(key: object) -> None:
    """Send this clip no further through the network; with None, go on."""
    st.session_state[HALTED] = key


def choose_network(cards: dict[str, Card]) -> str:
    """The network that watches."""
    order = DATA_SETS.names()
    names = sorted(cards, key=lambda name: (order.index(cards[name].data), name))
    return pick_from_list(
        "model", "Network", names, first_network(cards, names),
        lambda name: f"{checkpoint_title(name, cards[name].model)} on "
        f"{DATA_SETS.get(cards[name].data).title}", 400,
    )  # fmt: skip


def choose_motion(card: Card) -> tuple[str, int]:
    """How the thing moves, and the seed of its path."""
    offered, seed = motions(card), whole("seed", 0, LARGEST_SEED - 1, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        motion = pick(
            "clip", "Clip", offered, offered[0], lambda one: MOTIONS.get(one).title, ["frame"]
        )
        st.button("Another path", on_click=go_to, args=("seed", (seed + 1) % LARGEST_SEED))
    return motion, seed


def choose_digit() -> int:
    """Which digit of the gallery."""
    index = whole("digit", 0, GALLERY_COUNT - 1, FIRST_DIGIT)
    chosen = st.segmented_control(
        "Digit", range(10), default=index % 10, required=True, label_visibility="collapsed"
    )
    if chosen != index % 10:
        index += chosen - index % 10
        go_to("digit", index)
    return index


def generated(name: str, card: Card, place: DeltaGenerator) -> Watch:
    """A digit, or a test picture of the network's data, on its way.

    Args:
        name: of the network.
        card: its card.
        place: where to choose what moves.

    Raises:
        Missing: the pictures are not here; the message says where to get them.
        BadCheckpoint: the network does not load.
    """
    motion, seed = choose_motion(card)
    if card.family == "digits":
        with place:
            digit = choose_digit()
        return watch_digit(name, card, motion, digit, seed)
    index = whole("picture", 0, 999_999, 0)
    with place.container(horizontal=True, vertical_alignment="center"):
        back, on = max(index - 1, 0), index + 1
        st.button("\u2039", on_click=go_to, args=("picture", back), help="Back")
        st.button("\u203a", on_click=go_to, args=("picture", on), help="On")
        st.caption(f"Test picture {index + 1:,}")
    return watch_picture(name, card, motion, index, seed)


def own() -> bytes | None:
    """A clip of the visitor's own, in place of the generated one."""
    with st.expander("Watch a clip of your own"):
        file = st.file_uploader(
            "Clip", SUFFIXES, label_visibility="collapsed", max_upload_size=LARGEST_FILE // 2**20,
            help=f"The middle square of it is looked at, for {LONGEST:.0f} s or {MOST_FRAMES} "
            "frames. It stays on this server.",
        )  # fmt: skip
    return file.getvalue() if file else None


def finish(watch: Watch) -> None:
    """Send the clip through the network; what takes long shows how far it is and can be stopped."""
    if watch.done == len(watch) or st.session_state.get(HALTED) == watch.key:
        watch.hold()
        return
    place, began, bar = st.empty(), time.monotonic(), None
    for done in watch.go_on():
        if bar is None and time.monotonic() - began > PATIENCE:
            with place.container(horizontal=True, vertical_alignment="center"):
                bar = st.progress(0.0)
                st.button("Stop", on_click=halt, args=(watch.key,))
        if bar is not None:
            bar.progress(done / len(watch), f"Frame {done} of {len(watch)}")
    place.empty()


def show(watch: Watch, card: Card) -> None:
    """The clip as the network saw it, what is to be said of it, and files of it to keep."""
    if watch.done < len(watch):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Stopped after {watch.done} of {len(watch)} frames.")
            st.button("Go on", on_click=halt, args=(None,))
    if not watch.done:
        return
    state = opened_with(watch)
    mount_video({**message(watch, card), "state": state}, key=KEY, on_state=follow_clip)
    st.markdown(sentences(watch, LETTERS))
    st.caption(" ".join((ROUGHNESS, *watch.notices)))
    grid = bool(whole("grid", 0, 1, 0))
    with st.container(horizontal=True):
        for kind, mime in (("mp4", "video/mp4"), ("gif", "image/gif")):
            st.download_button(
                f"Save as {kind.upper()}", partial(saved, watch, card, kind, grid=grid),
                f"stnviz-{watch.title}.{kind}", mime, on_click="ignore",
            )  # fmt: skip


st.markdown("#### Let something move. Watch the network's window go with it.")
cards = networks(shelf().cards())
if not cards:
    st.info(f"There is no network with a transformer here: {train_one()}")
    st.stop()

st.space("xxsmall")
with st.container(horizontal=True, vertical_alignment="center"):
    name = choose_network(cards)
    things = st.container(width="content", key="things")
st.html(TEN_IN_A_ROW)
choosing, stage = st.container(), st.container()
clip = own()
with choosing:
    try:
        if clip is None:
            watching = generated(name, cards[name], things)
        else:
            watching = watch_own(name, cards[name], clip)
    except (BadClip, Missing, BadCheckpoint) as error:
        (st.info if clip is None else st.error)(str(error))
        st.stop()
with stage:
    finish(watching)
    show(watching, cards[name])
