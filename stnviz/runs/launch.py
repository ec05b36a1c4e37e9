"""Starting of processes: the runner for a folder of runs, and a training process for each run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from stnviz.checkpoints.card import CARD, STATE_FILE
from stnviz.runs.exit_codes import DONE, INTERRUPTED, REFUSED
from stnviz.runs.jobs import GRACE, PAUSE
from stnviz.runs.lock import is_held
from stnviz.runs.plan import load_plan
from stnviz.runs.progress import STOP_FILE, Progress, read_progress
from stnviz.settings import workplace

LOG_FILE = "log.txt"
RUNNER = "stnviz.runs.runner"
FOLDERS = ("STNVIZ_RUNS", "STNVIZ_DATA")

OWN_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows, Ctrl-C reaches a whole process group; a process that must survive it has its own."""


def start_runner(root: Path) -> None:
    """Start a runner for ``root`` as a separate process, unless one is running."""
    if is_held(root):
        time.sleep(PAUSE)
        if is_held(root):  # a short hold may be another caller of is_held
            return
    subprocess.Popen(
        [sys.executable, "-m", RUNNER, str(root)],
        cwd=workplace(), env=_environment(), start_new_session=True, creationflags=OWN_GROUP,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def launch(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start or resume the job in ``folder`` as a process that logs to a file there.

    Args:
        folder: folder with a plan.
        options: further options of ``train``, such as ``--threads``.
        environment: environment variables in addition to those of this process.
    """
    _wait_until_left(folder)
    (folder / STOP_FILE).unlink(missing_ok=True)  # left over from an earlier process
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
    """This process's environment with absolute paths, for a process with another working folder."""
    folders = {name: Path(os.environ[name]) for name in FOLDERS if os.environ.get(name)}
    return {**os.environ, **{name: str(path.resolve()) for name, path in folders.items()}}


def _wait_until_left(folder: Path) -> None:
    """Wait, at most ``GRACE``, until a process that is ending has released the lock."""
    end = time.monotonic() + GRACE
    while is_held(folder) and time.monotonic() < end:
        time.sleep(PAUSE)


def record_exit(folder: Path, code: int) -> None:
    """Record how a launched job ended, if its process did not record it itself.

    A job that was queued again while its process was ending stays queued. If the process was killed
    after it wrote its checkpoint, the state file, which the checkpoint replaces, is deleted.
    """
    (folder / STOP_FILE).unlink(missing_ok=True)
    if (folder / CARD).exists():
        (folder / STATE_FILE).unlink(missing_ok=True)
    progress = read_progress(folder)
    if code == DONE or (progress and progress.phase in ("stopped", "finished", "queued")):
        return
    if code in (INTERRUPTED, -signal.SIGINT, -signal.SIGTERM) and progress:
        replace(progress, phase="stopped").write(folder)
        return
    message = _last_words(folder / LOG_FILE, code)
    steps = progress.steps if progress else load_plan(folder).recipe.steps
    Progress("failed", progress.step if progress else 0, steps, message=message).write(folder)


def _last_words(log: Path, code: int) -> str:
    """Message about a process that ended with ``code``, from its log, with what to do."""
    if code < 0:
        return f"Its process was killed (signal {-code}): resume it to go on from its last state."
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if code == REFUSED and lines:
        return lines[-1]  # a complete sentence
    reason = lines[-1].rstrip(".") if lines else f"its process ended with code {code}"
    return f"It broke off: {reason}. {log} may say more; mend the cause and resume it."


def wait_for(process: subprocess.Popen[bytes], pause: float = 0.2) -> int:
    """Wait for a launched job and return its exit code; Ctrl-C is passed on to it."""
    while (code := process.poll()) is None:
        try:
            time.sleep(pause)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
    return code
