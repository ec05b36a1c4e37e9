"""The runner: it takes queued jobs in turn, and whatever becomes of one, the next is taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from stnviz.checkpoints.card import CARD, load_card
from stnviz.experiments.recipe import Recipe
from stnviz.runs import queue, runner
from stnviz.runs.jobs import find_jobs, queued_jobs
from stnviz.runs.launch import LOG_FILE
from stnviz.runs.lock import hold, is_held
from stnviz.runs.plan import Plan
from stnviz.runs.progress import Progress, read_progress
from stnviz.runs.queue import enqueue, stop, submit
from tests.lives import wait_for

PLAN = Plan("fcn", None, Recipe("mnist-r", steps=5, batch_size=8, precision="float32"))
STAND_IN = """
import os, signal, sys, time
from pathlib import Path
from stnviz.runs.lock import hold
from stnviz.runs.progress import Progress
folder = Path(sys.argv[1])
with hold(folder):
    Progress("training", 1, 5).write(folder)
    others = [p for p in folder.parent.glob("*/.holder") if p.parent != folder]
    with (folder.parent / "order.txt").open("a") as order:
        order.write(f"{folder.name} {len(others)}\\n")
    if (folder / "dies").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    if (folder / "refuses").exists():
        print("There is no room.", flush=True)
        sys.exit(2)
    time.sleep(0.05)
    Progress("finished", 5, 5).write(folder)
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done by a process that only says so; no runner but the test's own is started."""

    def launch(folder: Path, *_options: str) -> subprocess.Popen[bytes]:
        with (folder / LOG_FILE).open("ab") as log:
            return subprocess.Popen([sys.executable, "-c", STAND_IN, str(folder)], stdout=log)

    monkeypatch.setattr(runner, "launch", launch)
    monkeypatch.setattr(queue, "start_runner", lambda _root: None)


def order(root: Path) -> list[str]:
    return (root / "order.txt").read_text().splitlines()


def phase(folder: Path) -> str:
    said = read_progress(folder)
    return said.phase if said else ""


@pytest.mark.feature
@pytest.mark.usefixtures("stand_in")
def test_jobs_are_worked_off_in_order_and_one_at_a_time(tmp_path: Path) -> None:
    folders = [submit(PLAN, tmp_path) for _ in range(3)]
    runner.work(tmp_path)
    assert order(tmp_path) == [f"{folder.name} 0" for folder in folders]
    assert {phase(folder) for folder in folders} == {"finished"}
    assert not is_held(tmp_path)
    assert queued_jobs(tmp_path) == []


@pytest.mark.feature
@pytest.mark.usefixtures("stand_in")
def test_a_job_that_dies_or_refuses_has_failed_with_a_sentence_and_the_next_is_taken(
    tmp_path: Path,
) -> None:
    dies, refuses, good = (submit(PLAN, tmp_path) for _ in range(3))
    (dies / "dies").touch()
    (refuses / "refuses").touch()
    runner.work(tmp_path)
    assert [phase(folder) for folder in (dies, refuses, good)] == ["failed", "failed", "finished"]
    told = {job.name: job.progress.message for job in find_jobs(tmp_path)}
    assert told[refuses.name] == "There is no room."
    assert told[dies.name].startswith("Its process was killed")
    assert told[good.name] == ""


@pytest.mark.feature
@pytest.mark.usefixtures("stand_in")
def test_one_runner_is_enough(tmp_path: Path) -> None:
    folder = submit(PLAN, tmp_path)
    with hold(tmp_path):
        runner.work(tmp_path)
        assert phase(folder) == "queued"
    runner.work(tmp_path)
    assert phase(folder) == "finished"


@pytest.mark.feature
@pytest.mark.usefixtures("stand_in")
def test_a_job_that_was_taken_out_of_the_queue_is_left_alone(tmp_path: Path) -> None:
    first, second = (submit(PLAN, tmp_path) for _ in range(2))
    stop(first)
    runner.work(tmp_path)
    assert (phase(first), phase(second)) == ("stopped", "finished")
    enqueue(first, tmp_path)
    runner.work(tmp_path)
    assert phase(first) == "finished"


@pytest.mark.slow
@pytest.mark.feature
@pytest.mark.usefixtures("data")
def test_a_submitted_job_is_trained_stopped_killed_and_finished_by_processes_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    recipe = Recipe("mnist-r", steps=3_000, batch_size=8, precision="float32")
    folder = submit(Plan("fcn", None, recipe), tmp_path)

    def far() -> int:
        said = read_progress(folder)
        return said.step if said and is_held(folder) else 0

    wait_for(lambda: far() > 5, 120)
    (job,) = find_jobs(tmp_path)
    assert job.working
    stop(folder)
    wait_for(lambda: phase(folder) == "stopped" and not is_held(tmp_path), 60)
    stopped = read_progress(folder)
    assert stopped is not None
    assert 5 < stopped.step < 3_000

    enqueue(folder, tmp_path)
    wait_for(lambda: far() > stopped.step, 120)
    (job,) = find_jobs(tmp_path)
    os.kill(job.progress.process, signal.SIGKILL)
    wait_for(lambda: phase(folder) == "failed" and not is_held(tmp_path), 60)
    (job,) = find_jobs(tmp_path)
    assert job.progress.message.startswith("Its process was killed")

    enqueue(folder, tmp_path)
    wait_for(lambda: phase(folder) == "finished" and not is_held(tmp_path), 240)
    assert f"Going on after step {stopped.step:,} " in (folder / LOG_FILE).read_text()
    assert load_card(folder).training["ended_at"] == 3_000
    assert (folder / CARD).exists()


@pytest.mark.feature
@pytest.mark.usefixtures("data")
def test_a_job_that_is_stopped_while_it_loads_is_stopped_and_has_not_failed(
    tmp_path: Path,
) -> None:
    folder = submit(PLAN, tmp_path)
    wait_for(lambda: phase(folder) == "training", 60)
    stop(folder)
    wait_for(lambda: not is_held(tmp_path) and phase(folder) != "training", 60)
    assert phase(folder) == "stopped"


@pytest.mark.exception
@pytest.mark.usefixtures("stand_in")
def test_a_job_that_outlived_its_runner_is_waited_for(tmp_path: Path) -> None:
    """Else two trainings would share the processor after a runner was killed."""
    orphan, waiting = tmp_path / "orphan", submit(PLAN, tmp_path)
    (tmp_path / runner.AT_WORK).write_text("orphan")
    with hold(orphan):
        worker = threading.Thread(target=runner.work, args=(tmp_path,), daemon=True)
        worker.start()
        time.sleep(1)
        assert phase(waiting) == "queued"
    worker.join(60)
    assert phase(waiting) == "finished"
    assert order(tmp_path) == [f"{waiting.name} 0"]


@pytest.mark.cardinality
@pytest.mark.parametrize(
    ("cores", "real", "wanted"),
    [(1, 1, 1), (2, 2, 1), (2, 1, 1), (4, None, 3), (8, 4, 4), (None, None, 1)],
)
def test_a_job_leaves_a_core_to_the_pages(
    cores: int | None, real: int | None, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(runner.psutil, "cpu_count", lambda logical: real)
    assert runner.threads() == wanted


@pytest.mark.feature
def test_a_runner_tells_its_jobs_how_many_threads_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[tuple[str, ...]] = []

    def launch(folder: Path, *options: str) -> subprocess.Popen[bytes]:
        began.append(options)
        Progress("finished", 5, 5).write(folder)
        return subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(runner, "launch", launch)
    monkeypatch.setattr(queue, "start_runner", lambda _root: None)
    submit(PLAN, tmp_path)
    runner.work(tmp_path)
    assert began == [("--threads", str(runner.threads()))]


@pytest.mark.feature
@pytest.mark.usefixtures("data")
def test_a_job_stands_back_behind_the_server(tmp_path: Path) -> None:
    folder = submit(Plan("fcn", None, Recipe("mnist-r", steps=100_000, batch_size=8)), tmp_path)
    wait_for(lambda: phase(folder) == "training", 60)
    said = read_progress(folder)
    assert said is not None
    nice = psutil.Process(said.process).nice()
    stop(folder)
    wait_for(lambda: not is_held(tmp_path), 60)
    assert nice >= runner.NICENESS
