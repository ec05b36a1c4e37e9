"""The runner of queued jobs: ``python -m stnviz.runs.runner FOLDER``."""

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
"""File with the name of the current job, and seconds between two checks of a job that a previous
runner started."""

NICENESS = 10
"""Niceness of jobs, so that the server takes precedence."""


def threads() -> int:
    """Number of threads of a job; one core is left for the pages."""
    cores = os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or cores, cores - 1))


def lower_priority() -> None:
    """Lower the priority of this process, which the jobs that it starts inherit."""
    this = psutil.Process()
    this.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else max(NICENESS, this.nice()))


def work(root: Path) -> None:
    """Run queued jobs one at a time until none is left; return if another runner is at work.

    A job outlives a runner that is killed: the next runner waits for its end.
    """
    # The queue is checked again after the lock is released: a job queued just before that found
    # the lock held, and so relies on this runner.
    while queued_jobs(root):
        try:
            with hold(root):
                _wait_for_orphan(root)
                while waiting := queued_jobs(root):
                    folder = waiting[0].folder
                    write_text(root / AT_WORK, folder.relative_to(root).as_posix())
                    code = wait_for(launch(folder, "--threads", str(threads())))
                    # On a full disk this fails, but readers see that the process has ended.
                    with suppress(OSError):
                        record_exit(folder, code)
                    (root / AT_WORK).unlink(missing_ok=True)
        except FolderBusy:
            return


def _wait_for_orphan(root: Path) -> None:
    """Wait for a job that is still running because its runner was killed."""
    try:
        begun = root / (root / AT_WORK).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    while is_held(begun) or _begins(begun):
        time.sleep(PAUSE)
    if (begun / CARD).exists():
        record_exit(begun, DONE)


def _begins(folder: Path) -> bool:
    """Whether a process has just started here: it still loads torch and holds no lock yet."""
    progress = read_progress(folder)
    return progress is not None and progress.working and not is_lost(folder, progress)


if __name__ == "__main__":
    lower_priority()
    work(Path(sys.argv[1]))
