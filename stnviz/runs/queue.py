"""The queue of runs: what is submitted, waits its turn, and is stopped."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from stnviz.checkpoints.card import CARD
from stnviz.processes import is_alive
from stnviz.runs.jobs import changed_at, queued_jobs
from stnviz.runs.launch import start_runner
from stnviz.runs.limits import check_limits
from stnviz.runs.lock import is_held
from stnviz.runs.permission import note_owner
from stnviz.runs.plan import Plan, load_plan
from stnviz.runs.progress import PROGRESS_FILE, STOP_FILE, Progress, read_progress


def submit(plan: Plan, root: Path, owner: str = "") -> Path:
    """Queue a plan in a folder of its own below ``root``, and see that a runner is there.

    Args:
        plan: what is to be trained.
        root: the folder of runs.
        owner: a secret of whoever starts it, by which ``may_change`` knows them again.

    Raises:
        LimitReached: too many wait, or runs take too much of the disk.
    """
    with _queueing:
        check_limits(root, len(queued_jobs(root)))
        folder = _new_folder(root, plan)
        plan.save(folder)
        if owner:
            note_owner(folder, owner)
        _enqueue(folder, root)
    return folder


def _new_folder(root: Path, plan: Plan) -> Path:
    taken = 0
    while True:
        folder = root / "-".join(
            filter(None, (plan.recipe.data, plan.network, str(taken) if taken else ""))
        )
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            taken += 1
        else:
            return folder


def enqueue(folder: Path, root: Path) -> None:
    """Queue the job in ``folder``: it begins, or goes on where it stopped.

    Raises:
        LimitReached: as :func:`submit` does.
    """
    with _queueing:
        check_limits(root, len(queued_jobs(root)))
        _enqueue(folder, root)


_queueing = threading.Lock()
"""Of two who press Start at once, the second is counted after the first."""


def _enqueue(folder: Path, root: Path) -> None:
    before = read_progress(folder)
    # A process that has said that it stopped may hold its lock for a moment more.
    at_work = is_held(folder) and not (before and before.phase == "stopped")
    if (folder / CARD).exists() or at_work:
        return
    steps = load_plan(folder).recipe.steps
    Progress("queued", before.step if before else 0, steps).write(folder)
    start_runner(root)


def stop(folder: Path) -> None:
    """Ask a job to stop after the step in hand; one that waits is taken out of the queue."""
    progress = read_progress(folder)
    if progress is None:
        return
    if progress.phase == "queued":
        replace(progress, phase="stopped").write(folder)
    elif progress.working:
        # Heard at the next record, on every system. A signal is heard at once, but Windows knows
        # none, and the number of a process that is gone may be somebody else's by now.
        (folder / STOP_FILE).touch()
        since = changed_at(folder / PROGRESS_FILE)
        if os.name != "nt" and is_alive(progress.process, since):
            # Not SIGINT: a process that a shell started in the background may ignore that.
            with suppress(OSError):
                os.kill(progress.process, signal.SIGTERM)
