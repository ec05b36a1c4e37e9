"""Background jobs: finding the runs below a folder and judging their state from files.

All state is in files, so that every page and the command line see the same. A job is a folder with
a plan; its ``progress.json`` says how far it is; its lock says whether a process is at work. The
*runner* (:mod:`stnviz.runs.runner`) works on queued jobs one after another and ends when there are
none. Jobs go on when the page that started them is closed.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

from stnviz.checkpoints.card import CARD
from stnviz.data.catalogue import DATA_SETS
from stnviz.folder_index import FolderIndex
from stnviz.processes import is_alive
from stnviz.runs.lock import is_held
from stnviz.runs.plan import PLAN_FILE, InvalidPlan, Plan, load_plan
from stnviz.runs.progress import PROGRESS_FILE, Progress, read_progress

GRACE, PAUSE = 60.0, 0.1
"""Seconds that a new process may take to load torch and acquire its lock; and seconds between two
checks of a lock."""


@dataclass(frozen=True)
class Job:
    """A run in its folder.

    Args:
        folder: folder of the run.
        plan: its plan.
        progress: its progress; the phase is ``failed`` where its process died while training.
        since: time of its last change, in seconds since 1970.
    """

    folder: Path
    plan: Plan
    progress: Progress
    since: float

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def working(self) -> bool:
        """Whether a process is working on it."""
        return self.progress.working

    @property
    def active(self) -> bool:
        """Whether its progress will change without user action."""
        return self.working or self.progress.phase == "queued"


def find_jobs(root: Path) -> list[Job]:
    """Every job below ``root``, the latest first; folders without a readable plan are skipped."""
    with _looking:
        if root not in _looks:
            _looks[root] = FolderIndex(root, PLAN_FILE), {}
        folders, known = _looks[root]
        found = folders.changes().items()
        files = {
            folder: _read_files(folder, changed, known.get(folder)) for folder, changed in found
        }
        known.clear()
        known.update(files)
    jobs = [_judge(folder, file, root) for folder, file in files.items() if file.plan]
    return sorted(jobs, key=lambda job: job.since, reverse=True)


class SkippedRun(UserWarning):
    """A folder among the runs was skipped."""


@dataclass(frozen=True)
class _Files:
    """Cached contents of a run's plan and progress, with the stamps of the files and the folder."""

    changed: int
    stamps: tuple[tuple[int, int], ...]
    since: float
    plan: Plan | None
    progress: Progress | None


_looking = threading.Lock()
_looks: dict[Path, tuple[FolderIndex, dict[Path, _Files]]] = {}
"""Cache by folder of runs: what was last read there, so that only changed files are read again."""


def _read_files(folder: Path, changed: int, known: _Files | None) -> _Files:
    if known and changed and known.changed == changed:
        return known
    stamps = tuple(_stamp(f"{folder}/{name}") for name in (PLAN_FILE, PROGRESS_FILE))
    if known and known.stamps == stamps:
        return replace(known, changed=changed)
    plan: Plan | None = None
    try:
        plan = load_plan(folder)
        if plan.recipe.data not in DATA_SETS:
            raise InvalidPlan(f"{folder} names data {plan.recipe.data!r}, which is not known here.")
    except InvalidPlan as error:
        plan = None
        warnings.warn(f"Skipped a run: {error}", SkippedRun, stacklevel=4)
    since = max(written for written, _ in stamps) / 1e9
    return _Files(changed, stamps, since, plan, read_progress(folder) if plan else None)


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 (of thousands)
    except OSError:  # missing, or just being replaced
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def _judge(folder: Path, file: _Files, root: Path) -> Job:
    plan = file.plan
    assert plan is not None
    progress = file.progress or Progress("stopped", 0, plan.recipe.steps)
    if progress.working and (folder / CARD).exists() and not is_held(folder):
        progress = replace(progress, phase="finished")  # killed after its card was written
    if progress.working and is_lost(folder, progress):
        lost = "Its process ended without a word: resume it to go on from its last state."
        progress = replace(progress, phase="failed", message=lost)
    if progress.phase == "queued" and _is_forgotten(folder, root):
        forgotten = "The queue came to a standstill before its turn: resume it to queue it again."
        progress = replace(progress, phase="stopped", message=forgotten)
    return Job(folder, plan, progress, file.since)


def changed_at(path: Path) -> float:
    """Modification time of a file, in seconds since 1970; 0 if it does not exist."""
    try:
        return path.stat().st_mtime
    except OSError:  # missing, or just being replaced
        return 0.0


def is_lost(folder: Path, progress: Progress) -> bool:
    """Whether the process of a job is gone.

    A process that has just started is not lost, although it does not hold the lock yet.
    """
    if is_held(folder):
        return False
    return _is_old(folder) or not is_alive(progress.process)


def _is_forgotten(folder: Path, root: Path) -> bool:
    """Whether a queued job has no runner to start it.

    It counts as forgotten only after ``GRACE``, because a new runner does not hold its lock yet.
    """
    return _is_old(folder) and not is_held(root)


def _is_old(folder: Path) -> bool:
    # The absolute difference: after the clock was set back, the file's time is in the future.
    return abs(time.time() - changed_at(folder / PROGRESS_FILE)) > GRACE


def queued_jobs(root: Path) -> list[Job]:
    """The queued jobs, the longest waiting first."""
    waiting = [job for job in find_jobs(root) if job.progress.phase == "queued"]
    return sorted(waiting, key=lambda job: changed_at(job.folder / PROGRESS_FILE))
