"""The command ``render``: a checkpoint, a trace or a link as a picture, an animation or a table."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from stnviz.cli.console import UsageError, as_sentence
from stnviz.cli.render_options import Render
from stnviz.export.formats import format_of
from stnviz.export.request import THEMES, Wanted, parse_width
from stnviz.export.scenes.scene import NotExportable
from stnviz.files import write_atomically
from stnviz.runs.exit_codes import DONE

PATIENCE, EVERY = 1.0, 0.25
"""Seconds before progress is shown, and the share of the work between lines that stay."""


def run(options: Render) -> int:
    """Write the file.

    Raises:
        UsageError: something is unknown, out of range, or cannot be written; nothing is left half
            written.
    """
    folder = options.output.is_dir()
    name = f"file.{options.format.lstrip('.')}" if folder else options.output.name
    try:
        kind = format_of(name)
        wanted = _wanted(options)
    except NotExportable as error:
        raise UsageError(str(error)) from error
    _check_writable(options.output if folder else options.output.parent)
    line = ProgressLine()
    from stnviz.export.render import render

    try:
        made = render(options.what, kind, wanted, line.show)
    except NotExportable as error:
        raise UsageError(as_sentence(error)) from error
    finally:
        line.end()
    path = options.output / made.name if folder else options.output
    try:
        write_atomically(path, lambda passing: _fill(passing, made.data))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({as_sentence(error.strerror or error)}): choose another "
            "place with --output, or make room."
        ) from error
    print(f"{path}: {len(made.data) / 1e6:.1f} MB")
    return DONE


def _wanted(options: Render) -> Wanted:
    if options.theme not in THEMES:
        raise UsageError(f"--theme must be one of {', '.join(THEMES)}.")
    return Wanted(
        width=parse_width(options.size), dpi=options.dpi,
        theme="dark" if options.theme == "dark" else "light", captioned=options.caption,
        sweep=options.sweep, frames=options.frames, rate=options.fps, image=options.image,
    )  # fmt: skip


def _check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written before the work begins."""
    nearest = next((one for one in (folder, *folder.absolute().parents) if one.exists()), folder)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise UsageError(f"{nearest} is no folder that can be written: choose another --output.")


def _fill(path: Path, data: bytes) -> None:
    path.write_bytes(data)


class ProgressLine:
    """Shows progress on standard error once something takes longer than a second."""

    def __init__(self) -> None:
        self._began, self._shown = time.monotonic(), -1.0
        self._in_place, self._open = sys.stderr.isatty(), False

    def show(self, share: float, what: str) -> None:
        """Show how much is done: in place on a terminal, else a line for every quarter."""
        late = time.monotonic() - self._began > PATIENCE
        if not late or share >= 1 or (not self._in_place and share < self._shown + EVERY):
            return
        self._shown, line = share, f"{100 * share:3.0f} %  {what}"
        if self._in_place:
            line = line[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """End a line that is updated in place."""
        if self._open:
            print(file=sys.stderr, flush=True)
            self._open = False
