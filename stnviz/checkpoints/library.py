"""The library: all usable checkpoints by name, both shipped and locally trained.

A finished run appears in the library at the next query, without a restart.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from stnviz.checkpoints.card import (
    CARD,
    CHECKPOINTS,
    WEIGHTS,
    BadCheckpoint,
    Card,
    SkippedCheckpoint,
    check_supported,
    check_weights,
    load_card,
)
from stnviz.checkpoints.titles import LOCAL
from stnviz.folder_index import FolderIndex
from stnviz.registry import UnknownName
from stnviz.settings import runs_folder

ILL = "ill/"
"""Prefix of the shipped networks whose transformers are ill: examples of faults, and no results."""

Stamp = tuple[int, int, int]


class Library:
    """The checkpoints below several folders.

    Args:
        roots: folder by prefix of its checkpoints' names, such as ``"runs/"``.
    """

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self.roots = dict(roots)
        self._folders = {root: FolderIndex(root, CARD) for root in self.roots.values()}
        self._known: dict[Path, tuple[Stamp, Card | None]] = {}

    def cards(self, family: str | None = None, *, ill: bool = False) -> dict[str, Card]:
        """The card of every usable checkpoint, by name; only changed ones are read again.

        A damaged or unsupported one is skipped, with a single :class:`SkippedCheckpoint` warning.

        Args:
            family: restricts the result to networks of this model family.
            ill: whether the shipped examples of ill transformers are among them.
        """
        found = {}
        for prefix, root in self.roots.items():
            for folder in self._folders[root].find():
                name = prefix + folder.relative_to(root).as_posix()
                if name.startswith(ILL) and not ill:
                    continue
                card = self._read_card(folder)
                if card and family in (None, card.family):
                    found[name] = card
        return found

    def card(self, name: str) -> Card | None:
        """The current card of one checkpoint; None if it is not usable."""
        folder = self.folder(name)
        return self._read_card(folder) if (folder / CARD).exists() else None

    def folder(self, name: str) -> Path:
        """Folder of the checkpoint called ``name``, whether it exists or not."""
        for prefix in sorted(self.roots, key=len, reverse=True):
            if name.startswith(prefix):
                return self.roots[prefix] / name.removeprefix(prefix)
        raise UnknownName(f"There is no checkpoint named {name!r}: `list checkpoints` names all.")

    def _read_card(self, folder: Path) -> Card | None:
        stamp = _stamp(folder)
        known = self._known.get(folder)
        if known is None or known[0] != stamp:
            known = stamp, _read(folder)
            self._known[folder] = known
        return known[1]


def _stamp(folder: Path) -> Stamp:
    try:
        card, weights = (folder / CARD).stat(), (folder / WEIGHTS).stat()
    except OSError:
        return 0, 0, 0
    return card.st_mtime_ns, weights.st_mtime_ns, weights.st_size


def _read(folder: Path) -> Card | None:
    try:
        card = load_card(folder)
        check_weights(folder, card)
        check_supported(folder, card)
    except BadCheckpoint as error:
        warnings.warn(f"Skipped a checkpoint: {error}", SkippedCheckpoint, stacklevel=4)
        return None
    return card


def default_library() -> Library:
    """The library of the shipped checkpoints and, with prefix :data:`LOCAL`, the local ones.

    It is the same one at every call, so that cards are read and weights are checked once.
    """
    return _library(runs_folder())


@lru_cache(maxsize=4)
def _library(runs: Path) -> Library:
    return Library({"": CHECKPOINTS, LOCAL: runs})


def init_candidates(start: str, network: str) -> tuple[str, ...]:
    """The checkpoint names that a recipe's ``init_from`` may refer to, in order of precedence.

    Args:
        start: a checkpoint, or a group of checkpoints.
        network: name of the network to initialise, such as ``st-cnn-affine``.
    """
    return (start, f"{start}/{network}", f"{start}/cnn")
