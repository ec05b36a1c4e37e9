"""The queue of runs: submitting, resuming and stopping jobs."""

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
    """Queue a plan in a new folder below ``root``, and start a runner if none is running.

    Args:
        plan: the plan.
        root: the folder of runs.
        owner: a secret of the user, with which ``may_change`` recognises them.

    Raises:
        LimitReached: too many jobs are queued, or runs take too much of the disk.
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
    """Queue the job in ``folder``, to be started, or resumed where it stopped.

    Raises:
        LimitReached: as in :func:`submit`.
    """
    with _queueing:
        check_limits(root, len(queued_jobs(root)))
        _enqueue(folder, root)


_queueing = threading.Lock()
"""Serialises submissions: of two at the same time, the limits for the second include the first."""


def _enqueue(folder: Path, root: Path) -> None:
    before = read_progress(folder)
    # A process that has recorded that it stopped may hold its lock for a moment longer.
    at_work = is_held(folder) and not (before and before.phase == "stopped")
    if (folder / CARD).exists() or at_work:
        return
    steps = load_plan(folder).recipe.steps
    Progress("queued", before.step if before else 0, steps).write(folder)
    start_runner(root)


def stop(folder: Path) -> None:
    """Ask a job to stop after the current step; a queued one is removed from the queue."""
    progress = read_progress(folder)
    if progress is None:
        return
    if progress.phase == "queued":
        replace(progress, phase="stopped").write(folder)
    elif progress.working:
        # The file is noticed at the next record, on every system. A signal is noticed at once, but
        # Windows has none, and the id of a process that has ended may have been reused.
        (folder / STOP_FILE).touch()
        since = changed_at(folder / PROGRESS_FILE)
        if os.name != "nt" and is_alive(progress.process, since):
            # Not SIGINT, which a process started in the background by a shell may ignore.
            with suppress(OSError):
                os.kill(progress.process, signal.SIGTERM)
