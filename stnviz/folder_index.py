"""Where files of one name lie below a folder; of thousands, only what changed is listed again."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

SETTLED = 2.0
"""Seconds after which a folder's time of change tells of the next change for sure."""

DEEPEST = 12


@dataclass(frozen=True)
class _Listing:
    """A folder as it was: when it had changed, what lies below, and itself if it has the file."""

    changed: int
    below: tuple[str, ...]
    itself: Path | None


class FolderIndex:
    """The folders below ``root`` that hold a file called ``name``.

    A folder whose time of change is the same has the same entries. Links are not followed, and
    names that are not Unicode cannot be said on a page: folders with either are passed over.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name
        self._known: dict[str, _Listing] = {}

    def find(self) -> list[Path]:
        """All of them, in order of their names."""
        return list(self.changes())

    def changes(self) -> dict[Path, int]:
        """All of them, in order of their names, and when each was changed last.

        That is in nanoseconds since 1970; 0 where another change in the same moment would not
        show. What is put in the place of a file changes the folder it lies in.
        """
        known: dict[str, _Listing] = {}
        found: dict[str, tuple[Path, int]] = {}
        left, now = [(str(self.root), 0)], time.time()
        while left:
            folder, depth = left.pop()
            try:
                changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 (of thousands)
                listing = self._known.get(folder)
                if listing is None or listing.changed != changed:
                    listing = self._list(folder, changed)
            except OSError:  # gone, or not for us
                continue
            settled = now - changed / 1e9 > SETTLED
            if settled:
                known[folder] = listing
            if listing.itself is not None:
                found[folder] = listing.itself, changed if settled else 0
            if depth < DEEPEST:
                left += [(inner, depth + 1) for inner in listing.below]
        self._known = known
        return dict(found[folder] for folder in sorted(found))

    def _list(self, folder: str, changed: int) -> _Listing:
        below, has = [], False
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == self.name:
                    has = entry.is_file()
                elif entry.is_dir(follow_symlinks=False) and _is_unicode(entry.name):
                    below.append(entry.path)
        return _Listing(changed, tuple(below), Path(folder) if has else None)


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
