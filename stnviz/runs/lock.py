"""One job a folder: whoever holds its lock may write there. The same on every system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_FILE, HOLDER_FILE = ".lock", ".holder"
"""What is locked, which stays, and who has locked it, which some systems would not let be read."""

PATIENCE, ASKING = 1.0, 0.05
"""Seconds to wait for a lock: whoever asks whether it is held takes it for a moment, too."""


class FolderBusy(RuntimeError):
    """Another job writes to this folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for as long as the block runs; the system frees it if the process dies.

    Raises:
        FolderBusy: somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / HOLDER_FILE
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        who = _text(holder)
        raise FolderBusy(
            f"Another job{f' (process {who})' if who else ''} is training in {folder}: wait for "
            "its end, stop it, or choose another folder."
        ) from None
    try:
        holder.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether a job is at work in ``folder``."""
    path = folder / LOCK_FILE
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=ASKING, poll_interval=ASKING / 5)
    except OSError:  # held, or somebody else's
        return True
    lock.release()
    return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
