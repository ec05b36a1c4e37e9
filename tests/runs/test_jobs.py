"""Jobs: folders that are found, queued and stopped without a process being asked."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest

from stnviz.runs import jobs, launch
from stnviz.runs.jobs import find_jobs, queued_jobs
from stnviz.runs.lock import hold
from stnviz.runs.permission import read_only
from stnviz.runs.plan import PLAN_FILE, load_plan
from stnviz.runs.progress import PROGRESS_FILE, Phase
from stnviz.runs.queue import enqueue, submit
from stnviz.settings import ROOT, runs_folder
from tests.small_jobs import PLAN, a_job, gone, phases, sleeper, started

__all__ = ["gone", "sleeper", "started"]

START_RUNNER = launch.start_runner


@pytest.mark.feature
def test_a_submitted_plan_waits_in_a_folder_of_its_own(tmp_path: Path, started: list[Path]) -> None:
    folders = [submit(PLAN, tmp_path) for _ in range(3)]
    assert [folder.name for folder in folders] == ["mnist-r-fcn", "mnist-r-fcn-1", "mnist-r-fcn-2"]
    assert [load_plan(folder) for folder in folders] == [PLAN] * 3
    assert set(phases(tmp_path).values()) == {"queued"}
    assert started == [tmp_path] * 3


@pytest.mark.feature
def test_the_queue_has_those_that_wait_the_longest_first(tmp_path: Path) -> None:
    for age, name in ((30, "second"), (40, "first"), (20, "third")):
        folder = a_job(tmp_path / name, "queued")
        when = time.time() - age
        os.utime(folder / PROGRESS_FILE, (when, when))
    a_job(tmp_path / "other", "stopped")
    assert [job.name for job in queued_jobs(tmp_path)] == ["first", "second", "third"]


@pytest.mark.feature
def test_jobs_come_the_newest_first_from_any_depth(tmp_path: Path) -> None:
    for age, name in ((30, "old"), (5, "table1/mnist-r/new")):
        folder = a_job(tmp_path / name, "stopped")
        for path in folder.iterdir():
            os.utime(path, (time.time() - age, time.time() - age))
    assert [job.name for job in find_jobs(tmp_path)] == ["new", "old"]
    assert find_jobs(tmp_path / "nowhere") == []


@pytest.mark.feature
def test_folders_without_a_readable_plan_are_no_jobs(tmp_path: Path) -> None:
    for name, text in (("bad", "{"), ("other", '{"format": "stnviz-plan-9"}')):
        folder = a_job(tmp_path / name, "queued")
        (folder / PLAN_FILE).write_text(text)
    (tmp_path / "empty").mkdir()
    a_job(tmp_path / "good", "queued")
    assert list(phases(tmp_path)) == ["good"]


@pytest.mark.feature
@pytest.mark.parametrize("text", [None, "{", '{"phase": "training"}'])
def test_a_job_that_says_nothing_readable_is_stopped(text: str | None, tmp_path: Path) -> None:
    PLAN.save(tmp_path / "silent")
    if text is not None:
        (tmp_path / "silent" / PROGRESS_FILE).write_text(text)
    (job,) = find_jobs(tmp_path)
    assert (job.progress.phase, job.progress.steps, job.working) == ("stopped", 10, False)


@pytest.mark.feature
@pytest.mark.parametrize("phase", ["training", "measuring"])
def test_a_job_whose_process_is_no_more_has_failed_and_says_so(
    phase: Phase, gone: int, tmp_path: Path
) -> None:
    folder = a_job(tmp_path / "run", phase, step=4, process=gone)
    (job,) = find_jobs(tmp_path)
    assert (job.progress.phase, job.progress.step) == ("failed", 4)
    assert job.progress.message.endswith("resume it to go on from its last state.")
    assert not job.working
    with hold(folder):
        (job,) = find_jobs(tmp_path)
        assert job.working


@pytest.mark.feature
def test_a_process_that_has_just_begun_is_given_time_to_take_its_lock(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    folder = a_job(tmp_path / "run", "training", process=sleeper.pid)
    assert phases(tmp_path) == {"run": "training"}
    when = time.time() - 2 * jobs.GRACE
    os.utime(folder / PROGRESS_FILE, (when, when))
    assert phases(tmp_path) == {"run": "failed"}


@pytest.mark.feature
def test_a_queue_that_nobody_works_off_says_so(tmp_path: Path, started: list[Path]) -> None:
    folder = a_job(tmp_path / "run", "queued", step=3)
    assert phases(tmp_path) == {"run": "queued"}
    when = time.time() - 2 * jobs.GRACE
    os.utime(folder / PROGRESS_FILE, (when, when))
    with hold(tmp_path):
        assert phases(tmp_path) == {"run": "queued"}
    (job,) = find_jobs(tmp_path)
    assert (job.progress.phase, job.progress.step) == ("stopped", 3)
    assert job.progress.message.endswith("resume it to queue it again.")
    enqueue(folder, tmp_path)
    assert phases(tmp_path) == {"run": "queued"}
    assert started == [tmp_path]


@pytest.mark.feature
def test_looking_for_jobs_bears_files_that_come_and_go(tmp_path: Path) -> None:
    # A run that is at work writes beside its files and renames.
    folder = a_job(tmp_path / "run", "stopped")
    at_work = True

    def write() -> None:
        while at_work:
            passing = folder / ".passing.tmp"
            passing.write_text("")
            passing.unlink()

    writer = Thread(target=write)
    writer.start()
    try:
        for _ in range(2_000):
            assert len(find_jobs(tmp_path)) == 1
    finally:
        at_work = False
        writer.join()


@pytest.mark.feature
@pytest.mark.parametrize(
    ("value", "forbidden"), [(None, False), ("", False), ("0", False), ("1", True), ("yes", True)]
)
def test_training_can_be_forbidden(
    value: str | None, forbidden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STNVIZ_READONLY", raising=False)
    if value is not None:
        monkeypatch.setenv("STNVIZ_READONLY", value)
    assert read_only() is forbidden


@pytest.mark.feature
def test_runs_lie_where_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    assert runs_folder() == tmp_path
    monkeypatch.setenv("STNVIZ_RUNS", "")
    assert runs_folder() == ROOT / "runs"


@pytest.mark.feature
def test_folders_that_were_named_from_here_reach_a_process_that_starts_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, str] = {}
    monkeypatch.setattr(subprocess, "Popen", lambda *_args, **options: given.update(options["env"]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STNVIZ_RUNS", "runs")
    monkeypatch.setenv("STNVIZ_DATA", "data")
    assert runs_folder() == tmp_path / "runs"
    START_RUNNER(runs_folder())
    assert (given["STNVIZ_RUNS"], given["STNVIZ_DATA"]) == (
        str(tmp_path / "runs"), str(tmp_path / "data")
    )  # fmt: skip


@pytest.mark.feature
def test_a_clock_that_was_set_back_leaves_no_job_queued_for_ever(tmp_path: Path) -> None:
    folder = a_job(tmp_path / "job", "queued")
    ahead = time.time() + 3600
    os.utime(folder / PROGRESS_FILE, (ahead, ahead))
    assert phases(tmp_path) == {"job": "stopped"}
