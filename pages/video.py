"""Video page: a clip passes through a network frame by frame, and its windows follow."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import BadCheckpoint, Card
from stnviz.data.clips import BadClip
from stnviz.data.video_writer import FileKind
from stnviz.export.own import Own
from stnviz.not_found import ResourceNotFound
from stnviz.ui.attention.view import LETTERS
from stnviz.ui.export.handed import hand_over
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import train_one
from stnviz.ui.uploads import NotKept, bytes_of, forget_clip
from stnviz.ui.url_state import external_changes, read_int, switch, sync_from_component
from stnviz.ui.video.controls import choose_network, generated, own
from stnviz.ui.video.model import ClipTrace, networks, watch_own
from stnviz.ui.video.presentation import message, save, saved, sentences
from stnviz.ui.video.view import mount_video
from stnviz.ui.view_options import shows

KEY, HALTED, OPENED, SAVING = "video", "halted", "opened", "saving"
PATIENCE = 0.5
"""Seconds after which a clip that is being processed shows its progress."""

TEN_IN_A_ROW = "<style>.st-key-things button { padding-inline: 0.5rem; min-width: 2.2rem; }</style>"
"""Style that fits ten digit buttons side by side on a phone."""

JITTER = (
    "Jitter is the RMS change of a window's velocity from frame to frame, over its RMS velocity: "
    "near 0 it moves smoothly, above 1 it trembles."
)
FILES: dict[FileKind, str] = {"mp4": "video/mp4", "gif": "image/gif"}


def follow_clip() -> None:
    """Write the frame, the grid and *Slow* into the URL when they change."""
    if reported := st.session_state[KEY].get("state"):
        sync_from_component(
            {
                "frame": reported["frame"],
                "grid": int(reported["grid"]),
                "slow": switch(reported["slow"]),
            }
        )


def opened_with(watch: ClipTrace) -> dict[str, Any]:
    """The component's initial state, as the URL has it; another clip plays from its start.

    It changes only when the URL changes from outside: a large clip is not sent again for every
    frame at which the visitor stops.
    """
    asked, kept = external_changes(), st.session_state.get(OPENED)
    if kept is None or (kept["anew"], kept["source"]) != (asked, watch.source):
        other = kept is not None and kept["anew"] == asked
        there = "frame" in st.query_params and not other
        state = {
            "frame": read_int("frame", 0, watch.done - 1, 0) if there else None,
            "grid": bool(read_int("grid", 0, 1, 0)),
            "slow": bool(read_int("slow", 0, 1, 0)),
            "asked": f"{asked} {watch.source}",
        }
        kept = {"anew": asked, "source": watch.source, "state": state}
        st.session_state[OPENED] = kept
    return dict(kept["state"])


def halt(key: object) -> None:
    """Stop sending this clip through the network; with None, go on."""
    st.session_state[HALTED] = key


def finish(watch: ClipTrace) -> None:
    """Send the clip through the network; if it takes long, show the progress and a stop button."""
    place, began, bar = st.empty(), time.monotonic(), None
    if watch.done == len(watch) or st.session_state.get(HALTED) == watch.key:
        watch.hold()
        return
    before = -1
    for done in watch.go_on():
        if bar is None and time.monotonic() - began > PATIENCE:
            with place.container(horizontal=True, vertical_alignment="center"):
                bar = st.progress(0.0)
                st.button("Stop", on_click=halt, args=(watch.key,))
        if bar is not None:
            waits = " (others go first)" if done == before else ""
            bar.progress(done / len(watch), f"Frame {done} of {len(watch)}{waits}")
        before = done
    place.empty()


def show(watch: ClipTrace, card: Card) -> None:
    """Show the clip with the network's windows, sentences about it, and files to download."""
    if watch.done < len(watch):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Stopped after {watch.done} of {len(watch)} frames.")
            st.button("Go on", on_click=halt, args=(None,))
    if not watch.done:
        return
    state = opened_with(watch)
    mount_video({**message(watch, card), "state": state}, key=KEY, on_state=follow_clip)
    if not shows("facts"):
        return
    st.markdown(sentences(watch, LETTERS))
    st.caption(" ".join((JITTER, *watch.notices)))
    if shows("answer"):  # which the files show
        keep(watch, card, grid=bool(read_int("grid", 0, 1, 0)))


def ask_for(key: object, kind: FileKind | None) -> None:
    """Request a file of this clip; if the page reruns before it is saved, saving starts again."""
    st.session_state[SAVING] = key, kind


def keep(watch: ClipTrace, card: Card, *, grid: bool) -> None:
    """Offer the clip with its windows as files, each made on request."""
    with st.container(horizontal=True):
        for kind, mime in FILES.items():
            if (file := saved(watch, kind, grid=grid)) is not None:
                st.download_button(
                    f"Download {kind.upper()}, {max(len(file) / 1e6, 0.1):.1f} MB", file,
                    f"stnviz-{watch.title}.{kind}", mime, on_click="ignore",
                )  # fmt: skip
            else:
                st.button(f"Save as {kind.upper()}", on_click=ask_for, args=(watch.key, kind))
    key, asked = st.session_state.get(SAVING, (None, None))
    if key != watch.key:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0)
        st.button("Stop saving", on_click=ask_for, args=(None, None))
    total = watch.done
    save(
        watch, card, asked, grid=grid,
        tell=lambda count: bar.progress(count / total, f"Drawing frame {count} of {total}"),
    )  # fmt: skip
    ask_for(None, None)
    st.rerun()


if shows("sentence"):
    st.markdown("#### Let something move. Watch the network's window go with it.")
cards = networks(library().cards())
if not cards:
    st.info(f"There is no network with a transformer here: {train_one()}")
    st.stop()

st.space("xxsmall")
choices, stage = st.container(key="part-choices"), st.container()
with choices.container(horizontal=True, vertical_alignment="center"):
    name = choose_network(cards)
    things = st.container(width="content", key="things")
st.html(TEN_IN_A_ROW)
choosing = choices.container()
with st.container(key="part-choices-row"):
    clip = own()
with choosing:
    try:
        if clip is None:
            forget_clip()
            hand_over("video", None)
            watching = generated(name, cards[name], things)
        else:
            watching = watch_own(name, cards[name], bytes_of(clip))
            hand_over("video", Own("clip", clip.name, watching.source))
    except (BadClip, NotKept, ResourceNotFound, BadCheckpoint) as error:
        (st.info if clip is None else st.error)(str(error))
        st.stop()
with stage:
    finish(watching)
    show(watching, cards[name])
