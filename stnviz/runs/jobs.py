"""Runs that outlive whoever asked for them: a folder of jobs and a process that takes turns.

Everything is a file, so that a page, a second page and a command line see the same: a job is
a folder with a plan; how far it has come is its ``progress.json``; whether anybody works on
it is its lock. The *runner* (:mod:`stnviz.runs.runner`) takes queued jobs one after
another and ends when there are none.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from stnviz.checkpoints.card import CARD, STATE_FILE
from stnviz.data.catalogue import DATA_SETS
from stnviz.folder_index import FolderIndex
from stnviz.processes import is_alive
from stnviz.runs.exit_codes import DONE, INTERRUPTED, REFUSED
from stnviz.runs.limits import check_limits
from stnviz.runs.lock import is_held
from stnviz.runs.permission import note_owner
from stnviz.runs.plan import PLAN_FILE, InvalidPlan, Plan, load_plan
from stnviz.runs.progress import PROGRESS_FILE, STOP_FILE, Progress, read_progress
from stnviz.settings import workplace

LOG_FILE = "log.txt"
RUNNER = "stnviz.runs.runner"
FOLDERS = ("STNVIZ_RUNS", "STNVIZ_DATA")
GRACE, PAUSE = 60.0, 0.1
"""Seconds that a process has to load torch and take its lock; and between two looks at a lock."""

OWN_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows, Ctrl-C reaches a whole group: what goes on alone must be in another."""


@dataclass(frozen=True)
class Job:
    """A run in its folder.

    Args:
        folder: where it lies.
        plan: what is trained.
        progress: how far it has come; its phase is ``failed`` where a process died at work.
        since: when it last changed, in seconds since 1970.
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
        """Whether a process is at it."""
        return self.progress.working

    @property
    def active(self) -> bool:
        """Whether anything about it will change by itself."""
        return self.working or self.progress.phase == "queued"


def find_jobs(root: Path) -> list[Job]:
    """Every job below ``root``, the newest first; folders without a readable plan are none."""
    with _looking:
        if root not in _looks:
            _looks[root] = FolderIndex(root, PLAN_FILE), {}
        folders, known = _looks[root]
        found = folders.changes().items()
        files = {folder: _look(folder, changed, known.get(folder)) for folder, changed in found}
        known.clear()
        known.update(files)
    jobs = [_judge(folder, file, root) for folder, file in files.items() if file.plan]
    return sorted(jobs, key=lambda job: job.since, reverse=True)


class SkippedRun(UserWarning):
    """A folder among runs was passed over."""


@dataclass(frozen=True)
class _Files:
    """What a run's two files hold, and the stamps of both and of their folder, as they were."""

    changed: int
    stamps: tuple[tuple[int, int], ...]
    since: float
    plan: Plan | None
    progress: Progress | None


_looking = threading.Lock()
_looks: dict[Path, tuple[FolderIndex, dict[Path, _Files]]] = {}
"""By the folder of runs: what was found there last, so that only what changed is read again."""


def _look(folder: Path, changed: int, known: _Files | None) -> _Files:
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
    except OSError:  # not there, or just being replaced
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


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # not there, or just being replaced
        return 0.0


def is_lost(folder: Path, progress: Progress) -> bool:
    """Whether nobody works here any more. A process that has just begun holds no lock yet."""
    if is_held(folder):
        return False
    return _is_old(folder) or not is_alive(progress.process)


def _is_forgotten(folder: Path, root: Path) -> bool:
    """Whether no runner is there to take a queued job. One that has just begun has no lock yet."""
    return _is_old(folder) and not is_held(root)


def _is_old(folder: Path) -> bool:
    # Either way: a clock that was set back has written in its future.
    return abs(time.time() - _changed(folder / PROGRESS_FILE)) > GRACE


def submit(plan: Plan, root: Path, owner: str = "") -> Path:
    """Queue a plan in a folder of its own below ``root``, and see that a runner is there.

    Args:
        plan: what is to be trained.
        root: the folder of runs.
        owner: a secret of whoever starts it, by which ``may_change`` knows them again.

    Raises:
        NoRoom: too many wait, or runs take too much of the disk.
    """
    with _queueing:
        check_limits(root, len(queue(root)))
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
        NoRoom: as :func:`submit` does.
    """
    with _queueing:
        check_limits(root, len(queue(root)))
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


def queue(root: Path) -> list[Job]:
    """Jobs that wait, the longest waiting first."""
    waiting = [job for job in find_jobs(root) if job.progress.phase == "queued"]
    return sorted(waiting, key=lambda job: _changed(job.folder / PROGRESS_FILE))


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
        since = _changed(folder / PROGRESS_FILE)
        if os.name != "nt" and is_alive(progress.process, since):
            # Not SIGINT: a process that a shell started in the background may ignore that.
            with suppress(OSError):
                os.kill(progress.process, signal.SIGTERM)


def start_runner(root: Path) -> None:
    """See that a runner works below ``root``; it is a process of its own."""
    if is_held(root):
        time.sleep(PAUSE)
        if is_held(root):  # not merely by somebody who asked the same
            return
    subprocess.Popen(
        [sys.executable, "-m", RUNNER, str(root)],
        cwd=workplace(), env=_environment(), start_new_session=True, creationflags=OWN_GROUP,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def launch(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Begin or resume the job in ``folder`` as a process that logs into it.

    Args:
        folder: with a plan.
        options: further ones of ``train``, such as ``--threads``.
        environment: variables that the process gets on top of this one's.
    """
    _wait_until_left(folder)
    (folder / STOP_FILE).unlink(missing_ok=True)  # which was meant for an earlier process
    command = [sys.executable, "-m", "stnviz", "train", "--resume", str(folder.resolve())]
    with (folder / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=workplace(), env={**_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            creationflags=OWN_GROUP,
        )  # fmt: skip
    before = read_progress(folder)
    step, steps = before.step if before else 0, load_plan(folder).recipe.steps
    Progress("training", step, steps, process=process.pid).write(folder)
    return process


def _environment() -> dict[str, str]:
    """This process's variables, for one that starts elsewhere: paths are whole."""
    folders = {name: Path(os.environ[name]) for name in FOLDERS if os.environ.get(name)}
    return {**os.environ, **{name: str(path.resolve()) for name, path in folders.items()}}


def _wait_until_left(folder: Path) -> None:
    """Let a process that has stopped here give back its lock."""
    end = time.monotonic() + GRACE
    while is_held(folder) and time.monotonic() < end:
        time.sleep(PAUSE)


def record_exit(folder: Path, code: int) -> None:
    """Write down how a launched job ended, where it could not say so itself.

    A job that was queued again while its process was leaving stays in the queue. Of one that was
    killed between its checkpoint and the end, what its checkpoint replaces is removed.
    """
    (folder / STOP_FILE).unlink(missing_ok=True)
    if (folder / CARD).exists():
        (folder / STATE_FILE).unlink(missing_ok=True)
    said = read_progress(folder)
    if code == DONE or (said and said.phase in ("stopped", "finished", "queued")):
        return
    if code in (INTERRUPTED, -signal.SIGINT, -signal.SIGTERM) and said:
        replace(said, phase="stopped").write(folder)
        return
    message = _last_words(folder / LOG_FILE, code)
    steps = said.steps if said else load_plan(folder).recipe.steps
    Progress("failed", said.step if said else 0, steps, message=message).write(folder)


def _last_words(log: Path, code: int) -> str:
    """What became of a process that ended with ``code``, and what to do about it."""
    if code < 0:
        return f"Its process was killed (signal {-code}): resume it to go on from its last state."
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if code == REFUSED and lines:
        return lines[-1]  # a sentence already
    said = lines[-1].rstrip(".") if lines else f"its process ended with code {code}"
    return f"It broke off: {said}. {log} may say more; mend the cause and resume it."


def wait_for(process: subprocess.Popen[bytes], pause: float = 0.2) -> int:
    """Wait for a launched job; Ctrl-C is passed on to it."""
    while (code := process.poll()) is None:
        try:
            time.sleep(pause)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
    return code
