"""Queues among many: counted one after another, and no last word is needed to go on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from stnviz import files
from stnviz.checkpoints.card import CARD, STATE_FILE
from stnviz.experiments.recipe import Recipe
from stnviz.processes import is_alive
from stnviz.runs import jobs, launch, queue, runner
from stnviz.runs.limits import LimitReached
from stnviz.runs.lock import hold
from stnviz.runs.plan import Plan
from stnviz.runs.progress import STOP_FILE, Progress, read_progress
from stnviz.settings import MAX_QUEUED

PLAN = Plan("fcn", None, Recipe("mnist-r", steps=5, batch_size=8, precision="float32"))


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started."""
    monkeypatch.setattr(queue, "start_runner", lambda _root: None)


@pytest.mark.exception
def test_whoever_resumes_is_counted_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (queue.submit(PLAN, tmp_path) for _ in range(2))
    queue.stop(first)
    monkeypatch.setenv(MAX_QUEUED, "1")
    with pytest.raises(LimitReached, match="1 trainings wait already"):
        queue.enqueue(first, tmp_path)
    queue.stop(second)
    queue.enqueue(first, tmp_path)
    assert [job.folder for job in jobs.queued_jobs(tmp_path)] == [first]


@pytest.mark.exception
def test_of_many_who_start_at_once_no_more_are_queued_than_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_QUEUED, "3")
    counted = jobs.queued_jobs

    def slowly(root: Path) -> list[jobs.Job]:
        found = counted(root)
        time.sleep(0.02)  # so that all would count before any is in the queue
        return found

    monkeypatch.setattr(queue, "queued_jobs", slowly)

    def start(_visitor: int) -> bool:
        try:
            queue.submit(PLAN, tmp_path)
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as visitors:
        assert sum(visitors.map(start, range(8))) == 3
    assert len(jobs.find_jobs(tmp_path)) == 3


@pytest.mark.exception
def test_a_runner_goes_on_where_a_full_disk_takes_no_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def launch(folder: Path, *_options: str) -> subprocess.Popen[bytes]:
        begun.append(folder.name)
        process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
        Progress("training", 1, 5, process=process.pid).write(folder)
        return process

    def settle(_folder: Path, _code: int) -> None:
        raise OSError(28, "No space left on device")

    first, second = (queue.submit(PLAN, tmp_path) for _ in range(2))
    monkeypatch.setattr(runner, "launch", launch)
    monkeypatch.setattr(runner, "record_exit", settle)
    runner.work(tmp_path)
    assert begun == [first.name, second.name]
    phases = {job.folder: job.progress.phase for job in jobs.find_jobs(tmp_path)}
    assert phases == {first: "failed", second: "failed"}


@pytest.mark.exception
def test_what_a_checkpoint_replaces_goes_when_its_run_was_killed_after_it(tmp_path: Path) -> None:
    folder = queue.submit(PLAN, tmp_path)
    Progress("measuring", 5, 5).write(folder)
    for name in (CARD, STATE_FILE):
        (folder / name).write_text("{}")
    launch.record_exit(folder, -9)
    assert not (folder / STATE_FILE).exists()
    assert (folder / CARD).exists()


@pytest.mark.exception
def test_a_job_that_loads_when_its_runner_is_killed_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds no lock yet, and two trainings would share the processor."""
    begun = []

    def launch(folder: Path, *_options: str) -> subprocess.Popen[bytes]:
        begun.append(folder.name)
        Progress("finished", 5, 5).write(folder)
        return subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(runner, "launch", launch)
    loading = queue.submit(PLAN, tmp_path)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Progress("training", 0, 5, process=child.pid).write(loading)
    (tmp_path / runner.AT_WORK).write_text(loading.name)
    waiting = queue.submit(PLAN, tmp_path)
    worker = threading.Thread(target=runner.work, args=(tmp_path,), daemon=True)
    worker.start()
    time.sleep(1)
    assert begun == []
    child.kill()
    child.wait()
    worker.join(30)
    assert begun == [waiting.name]


@pytest.mark.feature
def test_a_runner_is_started_although_somebody_asked_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    started = threading.Event()
    monkeypatch.setattr(launch.subprocess, "Popen", lambda *_a, **_k: started.set())
    answers = iter([True, False])  # whoever asks holds the lock for a moment
    monkeypatch.setattr(launch, "is_held", lambda _folder: next(answers))
    launch.start_runner(tmp_path)
    assert started.is_set()


@pytest.mark.exception
def test_a_number_that_another_process_has_by_now_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    monkeypatch.setattr(queue.os, "kill", lambda process, _signal: killed.append(process))
    folder = queue.submit(PLAN, tmp_path)
    Progress("training", 1, 5, process=os.getpid()).write(folder)
    began = psutil.Process().create_time()
    path = folder / "progress.json"
    os.utime(path, (began - 100, began - 100))
    with hold(folder):
        queue.stop(folder)
    assert killed == []
    assert not is_alive(os.getpid(), began - 100)
    os.utime(path)
    with hold(folder):
        queue.stop(folder)
    assert killed == [os.getpid()]


@pytest.mark.feature
def test_a_run_is_asked_to_stop_without_a_signal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows a signal ends a process at once, and what it has learned since its last state."""
    monkeypatch.setattr(queue.os, "kill", lambda *_: None)
    from stnviz.runs.session import Session

    plan = Plan("fcn", None, Recipe("mnist-r", steps=200, batch_size=8, precision="float32"))
    folder = queue.submit(plan, tmp_path)
    session = Session(plan, folder, data_dir=tmp_path / "none", device="cpu")
    records = session.run(every=10)
    next(records)
    queue.stop(folder)
    for _ in records:
        pass
    assert session.training.done < 200
    said = read_progress(folder)
    assert said is not None
    assert said.phase == "stopped"
    assert not (folder / STOP_FILE).exists()


@pytest.mark.exception
def test_a_file_that_somebody_reads_is_replaced_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows has it: what is open cannot be replaced."""
    refusals = iter([True, True, False])
    replace = Path.replace

    def refusing(self: Path, target: Path) -> Path:
        if next(refusals):
            raise PermissionError(13, "used by another process")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refusing)
    files.write_text(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "new"


MANY = """
import os, shutil, sys, time
from pathlib import Path
from tests.opening import open_page

root, one = Path(os.environ["STNVIZ_RUNS"]), Path(sys.argv[1])
folders = [str(root / f"run-{number}") for number in range(10_000)]
for folder in folders:
    shutil.copytree(one, folder)
time.sleep(2.5)  # a folder that has just changed is looked into again
page = open_page("train", {})
page.run()
looks, reruns = [], []
for _ in range(7):
    began = time.perf_counter()
    for folder in folders:
        os.stat(folder)
    looked = time.perf_counter()
    page.run()
    looks.append(looked - began)
    reruns.append(time.perf_counter() - looked)
print(1000 * sorted(reruns)[3], sorted(reruns)[3] / sorted(looks)[3])
"""


@pytest.mark.slow
@pytest.mark.feature
def test_ten_thousand_runs_do_not_slow_the_page_down(tmp_path: Path) -> None:
    """As a multiple of looking once at each run's folder; without the checks of these tests."""
    one = tmp_path / "one"
    PLAN.save(one)
    Progress("finished", 5, 5).write(one)
    told = subprocess.run(
        [sys.executable, "-c", MANY, str(one)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        env={**os.environ, "STNVIZ_RUNS": str(tmp_path / "runs"), "PYTHONPATH": ".:tests"},
    )  # fmt: skip
    milliseconds, ratio = map(float, told.stdout.split())
    print(f"{milliseconds:.0f} ms, {ratio:.1f} times a look at each")
    assert ratio <= 20
