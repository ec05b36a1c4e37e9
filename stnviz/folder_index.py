"""Index of the folders below a root that hold a given file; only changed folders are rescanned.

This keeps searches fast with thousands of folders.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

SETTLED = 2.0
"""An mtime is trusted once it is this many seconds old: any later change is sure to alter it."""

DEEPEST = 12


@dataclass(frozen=True)
class _Listing:
    """Cached scan of a folder.

    Args:
        changed: its mtime in nanoseconds.
        below: paths of its subfolders.
        itself: its own path if it holds the file, else None.
    """

    changed: int
    below: tuple[str, ...]
    itself: Path | None


class FolderIndex:
    """The folders below ``root`` that hold a file called ``name``, or one that it matches.

    A folder with an unchanged mtime has unchanged entries. Folders that are symbolic links are
    skipped, and so are folders whose names are not valid Unicode: a page cannot show these.

    Args:
        root: where to search.
        name: of the file, or a pattern with ``*`` as in ``step-*.trace``.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name
        self._known: dict[str, _Listing] = {}

    def find(self) -> list[Path]:
        """All such folders, sorted by name."""
        return list(self.changes())

    def changes(self) -> dict[Path, int]:
        """All such folders, sorted by name, with the time of their last change.

        The time is in nanoseconds since 1970; it is 0 where the change is so recent that another
        one might not alter the mtime. Replacing a file changes the mtime of its folder.
        """
        known: dict[str, _Listing] = {}
        found: dict[str, tuple[Path, int]] = {}
        left, now = [(str(self.root), 0)], time.time()
        while left:
            folder, depth = left.pop()
            try:
                changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 (fast for thousands)
                listing = self._known.get(folder)
                if listing is None or listing.changed != changed:
                    listing = self._list(folder, changed)
            except OSError:  # deleted meanwhile, or not readable
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
                if fnmatchcase(entry.name, self.name):
                    has = has or entry.is_file()
                elif entry.is_dir(follow_symlinks=False) and _is_unicode(entry.name):
                    below.append(entry.path)
        return _Listing(changed, tuple(below), Path(folder) if has else None)


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
