"""Watched trainings of the time machine: folders of traces below the folder of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from stnviz.folder_index import FolderIndex
from stnviz.live.protocol import encode_answer
from stnviz.records import load_trace
from stnviz.settings import runs_folder
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.replay.trace_player import MOST_TRACES, TracePlayer
from stnviz.watching.trace_folder import PATTERN, list_traces

WATCHED = "watched/"
"""Prefix of the names of such folders, as links and the list of trainings have them."""


@dataclass(frozen=True)
class WatchedReplay:
    """A folder of traces, encoded for the component.

    Args:
        answer: the message, as base64 of a stored answer.
        snapshots: number of traces in it.
        pictures: number of images.
    """

    answer: str
    snapshots: int
    pictures: int


@lru_cache(maxsize=1)
def _index(root: Path) -> FolderIndex:
    return FolderIndex(root, PATTERN)


def watched_folders() -> dict[str, Path]:
    """The folders of traces below the folder of runs, by name."""
    root = runs_folder()
    return {WATCHED + one.relative_to(root).as_posix(): one for one in _index(root).find()}


def watched_title(name: str) -> str:
    """The title of a watched training in a list."""
    return f"{name.removeprefix(WATCHED)}, a watched training"


def load_watched(folder: Path) -> WatchedReplay:
    """Encode a folder of traces; only once, until a file changes.

    Raises:
        ValueError: no trace can be read, or none has a window that could be drawn.
    """
    files = list(list_traces(folder).items())
    few = sorted(
        {*np.linspace(0, len(files) - 1, min(len(files), MOST_TRACES)).round().astype(int)}
    )
    chosen = [files[index] for index in few]
    stamps = tuple(path.stat().st_mtime_ns for _, path in chosen)
    return _encode(tuple((step, str(path)) for step, path in chosen), stamps)


@st.cache_data(max_entries=8, show_spinner="Playing the training back")
def _encode(files: Sequence[tuple[int, str]], stamps: tuple[int, ...]) -> WatchedReplay:
    """The message of these traces; ``stamps`` tell when one has changed."""
    player = TracePlayer(len(files))
    problem = "there are no traces"
    for step, path in files:
        try:
            player.add(step, load_trace(path))
        except (OSError, ValueError) as error:
            problem = str(error)
    if not player.steps:
        raise ValueError(f"No trace of this folder can be played: {problem}")
    message = encode_answer(player.head(), player.arrays())
    answer = as_text(pack_answers([message]))
    return WatchedReplay(answer, len(player.steps), len(player.images))
