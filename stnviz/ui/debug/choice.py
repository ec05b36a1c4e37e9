"""Controls of the Debug page: which network or trace is examined, and which beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from stnviz.checkpoints.card import Card
from stnviz.settings import TRACE
from stnviz.ui.debug.model import (
    FIRST,
    Examined,
    NothingToExamine,
    examinable,
    examine_file,
    examine_network,
    examine_trace,
    title_of,
)
from stnviz.ui.debug.series import FILE, offered_traces, series_of
from stnviz.ui.debug.url import PARAMETERS
from stnviz.ui.replay.watched import WATCHED, watched_title
from stnviz.ui.uploads import NotKept, bytes_of, own_traces
from stnviz.ui.url_choice import pick_from_list
from stnviz.ui.url_state import update
from stnviz.ui.wording import without_markdown
from stnviz.uploads.read import BadTrace

NONE = "none"
"""No second network, in the address."""

OWN, EXAMINED = "own-trace", "own-examined"
"""Session state keys of the upload, and of what was found in it."""

WIDTH = 400

HOW = """```python
with stnviz.capture(model) as recording:
    model(images)
recording.trace.save("my.trace")
```"""


def choose_network(cards: Mapping[str, Card]) -> str:
    """The network, the file that the server was started with, or a watched training."""
    names = offered(cards)
    first = next(name for name in (FILE, FIRST, names[0]) if name in names)
    return pick_from_list(
        "model", "Network", names, first, lambda name: _title(name, cards), WIDTH, PARAMETERS
    )


def choose_beside(cards: Mapping[str, Card]) -> str:
    """The network beside it, or :data:`NONE`."""
    return pick_from_list(
        "beside", "Second network", [NONE, *offered(cards)], NONE,
        lambda name: "Nothing beside it" if name == NONE else _title(name, cards), WIDTH,
    )  # fmt: skip


def offered(cards: Mapping[str, Card]) -> list[str]:
    """What can be chosen."""
    return offered_traces() + examinable(cards)


def _title(name: str, cards: Mapping[str, Card]) -> str:
    if name == FILE:
        return Path(os.environ[TRACE]).name
    return watched_title(name) if name.startswith(WATCHED) else title_of(name, cards[name])


def examine(name: str, cards: Mapping[str, Card], at: int | None) -> Examined:
    """What was chosen.

    Args:
        name: of the choice.
        cards: of the networks.
        at: index of the trace, if there are several of one training.

    Raises:
        NothingToExamine: the file is no readable trace; the message says what to do.
        ResourceNotFound: a network's images are not here; the message says where to get them.
        BadCheckpoint: a network does not load.
    """
    series = series_of(name)
    if series is None:
        return examine_network(name, cards[name])
    place = series.first if at is None else min(at, len(series.paths) - 1)
    return examine_file(series.paths[place])


def upload() -> list[UploadedFile]:
    """The visitor's own traces."""
    with st.popover("Your own network"):
        st.markdown(f"Record what your network does, and choose the file here:\n\n{HOW}")
        return st.file_uploader(
            "Traces, at most 20 MB each", accept_multiple_files=True, key=OWN, on_change=_anew,
            help="The second one is shown beside the first. They stay on this server, and go with "
            "this visit. `stnviz open FILE` opens larger ones on your machine.",
        )  # fmt: skip


def _anew() -> None:
    """What was seen of one trace means nothing for another."""
    update({}, PARAMETERS)


def examine_uploads(files: list[UploadedFile]) -> list[Examined]:
    """The visitor's last two traces; of what is none, the reason is shown."""
    named: list[tuple[str, bytes]] = []
    for file in files[-2:]:
        try:
            named.append((file.name, bytes_of(file)))
        except NotKept as error:
            st.error(str(error))
    before: dict[str, Examined] = st.session_state.get(EXAMINED, {})
    now = st.session_state[EXAMINED] = {}
    for (name, _), (digest, trace) in zip(named, own_traces([d for _, d in named]), strict=True):
        try:
            if isinstance(trace, BadTrace):
                raise trace
            with st.spinner("Examining the trace"):
                now[digest] = before.get(digest) or examine_trace(digest, name, trace)
        except (BadTrace, NothingToExamine) as error:
            st.error(without_markdown(f"{name[:80]}: {error}"))
    return list(now.values())
