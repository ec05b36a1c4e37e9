"""Atomic file writes: write a temporary file beside the target, sync it, then rename it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError

from stnviz.processes import is_alive

PAUSES = (0.02, 0.05, 0.1)
"""Seconds between attempts to replace a file that is open elsewhere."""


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file, then replace ``path`` with it atomically.

    A reader of ``path`` finds either the old file or the new one, both during the write and
    after a crash at any moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{path.name}.*.tmp"):
        process = stale.name.removeprefix(f".{path.name}.").split(".", 1)[0]
        if not process.isdecimal() or not is_alive(int(process)):
            stale.unlink(missing_ok=True)  # left by a process that was killed while writing
    passing = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        try:
            write(passing)
        except SafetensorError as error:  # safetensors raises this when the disk is full
            raise OSError(str(error)) from error
        with passing.open("rb") as file:
            os.fsync(file.fileno())
        _replace(passing, path)
    finally:
        passing.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _replace(passing: Path, path: Path) -> None:
    """Rename, with retries: Windows refuses while ``path`` is open, usually only briefly."""
    for pause in PAUSES:
        try:
            passing.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    passing.replace(path)


def _sync_folder(folder: Path) -> None:
    """Sync a folder so a rename survives a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically."""

    def fill(passing: Path) -> None:
        passing.write_text(text, encoding="utf-8", newline="\n")

    write_atomically(path, fill)
