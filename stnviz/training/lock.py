"""One job a folder: whoever holds its lock may write there."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

LOCK_FILE = ".lock"
TRIES, PAUSE = 5, 0.05


class FolderBusy(RuntimeError):
    """Another job writes to this folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for as long as the block runs; the system frees it if the process dies.

    Raises:
        FolderBusy: somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    file = _acquire(path)
    with file:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_held(folder: Path) -> bool:
    """Whether a job is at work in ``folder``."""
    try:
        with (folder / LOCK_FILE).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def is_alive(process: int) -> bool:
    """Whether the process of that number is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there, and somebody else's
        return True
    return True


def _acquire(path: Path) -> TextIO:
    """The locked file at ``path``; a few tries, because asking who holds it locks it too."""
    who = ""
    for _ in range(TRIES):
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it may have removed it between our opening and our locking.
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except OSError:
            file.seek(0)
            who = file.read().strip()
        file.close()
        time.sleep(PAUSE)
    raise FolderBusy(
        f"Another job{f' (process {who})' if who else ''} is training in {path.parent}: wait for "
        "its end, stop it, or choose another folder."
    )
