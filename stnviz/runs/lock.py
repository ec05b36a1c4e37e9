"""Lock on a folder, so that at most one job writes to it; portable across systems."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_FILE, HOLDER_FILE = ".lock", ".holder"
"""The locked file, which is never deleted, and a file with the process id of the holder.

They are separate because some systems do not allow reading a locked file."""

PATIENCE, ASKING = 1.0, 0.05
"""Seconds to wait for the lock in :func:`hold` and in :func:`is_held`.

:func:`hold` waits because :func:`is_held` acquires the lock for a moment, too."""


class FolderBusy(RuntimeError):
    """Another job holds the lock of this folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder`` during the block; the system releases it if the process dies.

    Raises:
        FolderBusy: another job holds it.
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
    """Whether a job holds the lock of ``folder``."""
    path = folder / LOCK_FILE
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=ASKING, poll_interval=ASKING / 5)
    except OSError:  # held (Timeout is an OSError), or owned by another user
        return True
    lock.release()
    return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
