"""Traces of one training, one file a step: of a watched one, or beside the file of the start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from stnviz.settings import TRACE
from stnviz.ui.replay.watched import WATCHED, watched_folders
from stnviz.watching.trace_folder import list_traces

FILE = "file"
"""The trace that the server was started with, in the address."""


@dataclass(frozen=True)
class Series:
    """Trace files, in order.

    Args:
        paths: at least one.
        names: what each is called, such as its step.
        first: index of the one that is shown at first.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    first: int


def offered_traces() -> list[str]:
    """The file of the start, and the watched trainings."""
    return [FILE] * bool(os.environ.get(TRACE)) + list(watched_folders())


def series_of(name: str) -> Series | None:
    """The traces of a choice; None if it is that of a network.

    Args:
        name: as :func:`offered_traces` has it.
    """
    if name == FILE:
        path = Path(os.environ[TRACE])
        there = list_traces(path.parent)
        if path not in there.values():
            return Series((path,), (path.name,), 0)
        return _series(there, list(there.values()).index(path))
    if not name.startswith(WATCHED):
        return None
    there = list_traces(watched_folders()[name])
    return _series(there, len(there) - 1)


def _series(there: dict[int, Path], first: int) -> Series:
    return Series(tuple(there.values()), tuple(f"step {step:,}" for step in there), first)
