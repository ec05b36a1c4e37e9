"""The command ``fetch``: download a data set into the folder of data sets, with progress."""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from contextlib import closing

from stnviz.cli.console import UsageError, as_sentence, print_error
from stnviz.cli.options import Fetch
from stnviz.data.digits import data_folder
from stnviz.data.downloads.install import InstallError, bytes_text, install
from stnviz.data.downloads.sources import SOURCES
from stnviz.data.downloads.transfer import Transfer
from stnviz.onnx.web_runtime import PACKAGE, fetch
from stnviz.runs.exit_codes import DONE, INTERRUPTED
from stnviz.runs.progress import duration
from stnviz.settings import web_runtime_folder

EVERY = 0.1
"""Seconds between two updates of the progress line."""

SPAN = 5.0
"""Seconds over which the speed is measured."""


def run(options: Fetch) -> int:
    """Download what is missing, until done or Ctrl-C; return the exit code.

    Raises:
        ResourceNotFound: the runtime for pages cannot be fetched.
        UsageError: a file cannot be fetched or written.
    """
    if options.data == "web-runtime":
        return _fetch_web_runtime()
    source, root = SOURCES[options.data], data_folder(options.data_dir)
    missing = source.missing(root)
    if not missing:
        print(f"{source.title} is in {root.resolve()} already: there is nothing to do.")
        return DONE
    size = bytes_text(sum(archive.file.size for archive in missing))
    print(f"Fetching {source.title} ({size}) into {root.resolve()}. {source.terms}", flush=True)
    line = TransferLine()
    try:
        with closing(install(source, root)) as transfers:
            for transfer in transfers:
                line.show(transfer)
    except InstallError as error:
        line.end()
        raise UsageError(str(error)) from error
    except KeyboardInterrupt:
        line.end()
        kept = source.kept(root)
        print_error(
            f"Interrupted: {bytes_text(kept)} are kept in {root.resolve()}, and the same command "
            "goes on from there."
            if kept
            else "Interrupted: nothing was kept, start the same command again."
        )
        return INTERRUPTED
    line.end()
    print(f"{source.title} is whole, in {root.resolve()}.")
    return DONE


def _fetch_web_runtime() -> int:
    folder = web_runtime_folder()
    try:
        print(f"{PACKAGE} is in {fetch(folder)}.")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {as_sentence(error)}.") from error
    return DONE


class TransferLine:
    """A progress line of a download, updated in place; nothing is printed without a terminal."""

    def __init__(self) -> None:
        self.in_place = sys.stdout.isatty()
        self.stands = False
        self.name = self.phase = ""
        self.last = 0.0
        self.marks: deque[tuple[float, int]] = deque()

    def show(self, transfer: Transfer) -> None:
        """Print the progress, at most ten times a second; each file has its own line."""
        if not self.in_place:
            return
        now = time.monotonic()
        if transfer.name != self.name:
            self.end()
        again = bool(self.marks) and transfer.done < self.marks[-1][1]
        if again or (transfer.name, transfer.phase) != (self.name, self.phase):
            self.name, self.phase = transfer.name, transfer.phase
            self.marks.clear()
        elif now - self.last < EVERY and transfer.done < transfer.total:
            return
        self.last = now
        self.marks.append((now, transfer.done))
        while now - self.marks[0][0] > SPAN and len(self.marks) > 2:
            self.marks.popleft()
        text = self.line(transfer)[: shutil.get_terminal_size().columns - 1]
        print(f"\r\x1b[K{text}", end="", flush=True)
        self.stands = True

    def end(self) -> None:
        """End the current line."""
        if self.stands:
            print(flush=True)
            self.stands = False

    def line(self, transfer: Transfer) -> str:
        """One line: file, bytes, share, speed and time left."""
        share = f"{transfer.done / max(transfer.total, 1):4.0%}".replace("%", " %")
        if transfer.phase != "downloading":
            return f"{transfer.name}  {transfer.phase}  {share}"
        so_far = f"{bytes_text(transfer.done)} of {bytes_text(transfer.total)}"
        (began, first), (now, done) = self.marks[0], self.marks[-1]
        if done == first or now == began:
            return f"{transfer.name}  {so_far}  {share}"
        speed = (done - first) / (now - began)
        left = duration((transfer.total - transfer.done) / speed)
        return f"{transfer.name}  {so_far}  {share}  {bytes_text(speed)}/s  {left} left"
