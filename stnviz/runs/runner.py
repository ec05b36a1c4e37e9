"""The runner: ``python -m stnviz.runs.runner FOLDER`` works off the queue below a folder."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from stnviz.checkpoints.card import CARD
from stnviz.files import write_text
from stnviz.runs.exit_codes import DONE
from stnviz.runs.jobs import is_lost, queued_jobs
from stnviz.runs.launch import launch, record_exit, wait_for
from stnviz.runs.lock import FolderBusy, hold, is_held
from stnviz.runs.progress import read_progress

AT_WORK, PAUSE = ".at-work", 0.2
"""Which job was begun, and seconds between two looks at one that another runner has begun."""

NICENESS = 10
"""How far a job stands back behind the server, as ``nice`` counts."""


def threads() -> int:
    """Of a job: one core is left to those who look at a page meanwhile."""
    cores = os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or cores, cores - 1))


def lower_priority() -> None:
    """Let everybody else go first; the jobs that this process begins do the same."""
    this = psutil.Process()
    this.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else max(NICENESS, this.nice()))


def work(root: Path) -> None:
    """Take queued jobs, one at a time, until none is left; another runner here is enough.

    A job outlives a runner that is killed: the next runner waits for its end.
    """
    # Asked again after the lock is given back: whoever queued a job just before that saw the
    # lock held and relies on this runner.
    while queued_jobs(root):
        try:
            with hold(root):
                _wait_for_orphan(root)
                while waiting := queued_jobs(root):
                    folder = waiting[0].folder
                    write_text(root / AT_WORK, folder.relative_to(root).as_posix())
                    code = wait_for(launch(folder, "--threads", str(threads())))
                    # A full disk takes no last word: whoever looks sees that the process is gone.
                    with suppress(OSError):
                        record_exit(folder, code)
                    (root / AT_WORK).unlink(missing_ok=True)
        except FolderBusy:
            return


def _wait_for_orphan(root: Path) -> None:
    """Wait for the job that a runner which was killed had begun, if it is still at work."""
    try:
        begun = root / (root / AT_WORK).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    while is_held(begun) or _begins(begun):
        time.sleep(PAUSE)
    if (begun / CARD).exists():
        record_exit(begun, DONE)


def _begins(folder: Path) -> bool:
    """Whether a process has begun here that loads torch still, and so holds no lock."""
    progress = read_progress(folder)
    return progress is not None and progress.working and not is_lost(folder, progress)


if __name__ == "__main__":
    lower_priority()
    work(Path(sys.argv[1]))
