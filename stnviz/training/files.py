"""Files that are whole or absent: written beside their place, synced, then renamed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError

from stnviz.training.lock import is_alive


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file, then put it in the place of ``path`` at once.

    Whoever reads ``path`` meanwhile, or after a crash at any moment, finds the old file or
    the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{path.name}.*.tmp"):
        process = stale.name.removeprefix(f".{path.name}.").split(".", 1)[0]
        if not process.isdecimal() or not is_alive(int(process)):
            stale.unlink(missing_ok=True)  # of a process that was killed here
    passing = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        try:
            write(passing)
        except SafetensorError as error:  # its way to say that the disk is full
            raise OSError(str(error)) from error
        with passing.open("rb") as file:
            os.fsync(file.fileno())
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Put ``text`` in the place of ``path`` at once."""

    def fill(passing: Path) -> None:
        passing.write_text(text, encoding="utf-8")

    write_whole(path, fill)
