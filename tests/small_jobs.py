"""Jobs that no process works on, for tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stnviz.experiments.recipe import Recipe
from stnviz.runs import queue
from stnviz.runs.jobs import find_jobs
from stnviz.runs.plan import Plan
from stnviz.runs.progress import Phase, Progress

PLAN = Plan("fcn", None, Recipe("mnist-r", steps=10))


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders for which a runner was asked; none is started."""
    asked: list[Path] = []
    monkeypatch.setattr(queue, "start_runner", asked.append)
    return asked


def a_job(folder: Path, phase: Phase, step: int = 0, process: int = 0, message: str = "") -> Path:
    PLAN.save(folder)
    Progress(phase, step, 10, process=process, message=message).write(folder)
    return folder


def phases(root: Path) -> dict[str, str]:
    return {job.name: job.progress.phase for job in find_jobs(root)}


@pytest.fixture
def gone() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()
