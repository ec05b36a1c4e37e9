"""Jobs that are stopped, resumed and ended."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CARD
from stnviz.runs.jobs import queued_jobs
from stnviz.runs.launch import LOG_FILE, record_exit
from stnviz.runs.lock import hold
from stnviz.runs.progress import Phase, Progress, read_progress
from stnviz.runs.queue import enqueue, stop, submit
from tests.small_jobs import PLAN, a_job, gone, phases, sleeper, started

__all__ = ["gone", "sleeper", "started"]


@pytest.mark.feature
def test_a_job_that_waits_is_taken_out_of_the_queue(tmp_path: Path, started: list[Path]) -> None:
    folder = submit(PLAN, tmp_path)
    stop(folder)
    assert queued_jobs(tmp_path) == []
    assert phases(tmp_path) == {"mnist-r-fcn": "stopped"}
    enqueue(folder, tmp_path)
    assert [job.folder for job in queued_jobs(tmp_path)] == [folder]
    assert started == [tmp_path] * 2


@pytest.mark.feature
def test_a_job_that_works_is_asked_to_stop(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    stop(a_job(tmp_path / "run", "training", process=sleeper.pid))
    assert sleeper.wait(20) != 0


@pytest.mark.exception
def test_stopping_a_job_that_has_just_ended_does_no_harm(gone: int, tmp_path: Path) -> None:
    folder = a_job(tmp_path / "run", "training", process=gone)
    stop(folder)
    assert phases(tmp_path) == {"run": "failed"}


@pytest.mark.feature
def test_a_job_that_began_since_it_was_looked_at_is_stopped_all_the_same(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    folder = a_job(tmp_path / "run", "queued")
    Progress("training", 0, 10, process=sleeper.pid).write(folder)
    stop(folder)
    assert sleeper.wait(20) != 0
    stop(tmp_path / "no such run")


@pytest.mark.feature
def test_a_job_that_is_done_or_at_work_is_not_queued_again(
    tmp_path: Path, started: list[Path]
) -> None:
    done = a_job(tmp_path / "done", "finished", step=10)
    (done / CARD).write_text("{}")
    at_work = a_job(tmp_path / "at-work", "training", step=3, process=os.getpid())
    with hold(at_work):
        for folder in (done, at_work):
            enqueue(folder, tmp_path)
        assert phases(tmp_path) == {"done": "finished", "at-work": "training"}
    assert started == []


@pytest.mark.feature
def test_a_job_may_be_resumed_while_its_process_is_still_leaving(tmp_path: Path) -> None:
    folder = a_job(tmp_path / "run", "stopped", step=7)
    with hold(folder):
        enqueue(folder, tmp_path)
    record_exit(folder, 130)
    assert phases(tmp_path) == {"run": "queued"}


@pytest.mark.feature
def test_a_job_that_is_queued_again_keeps_its_place_in_the_run(tmp_path: Path) -> None:
    folder = a_job(tmp_path / "run", "stopped", step=7)
    enqueue(folder, tmp_path)
    said = read_progress(folder)
    assert said is not None
    assert (said.phase, said.step, said.steps) == ("queued", 7, 10)


@pytest.mark.feature
@pytest.mark.parametrize(
    ("code", "phase", "log", "message"),
    [
        (130, "stopped", "step 4/10  loss 2.3", ""),
        (2, "failed", "step 4/10\nThe disk is full.", "The disk is full."),
        (1, "failed", "", "It broke off: its process ended with code 1."),
        (
            1,
            "failed",
            "Traceback:\nRuntimeError: out of memory.",
            "It broke off: RuntimeError: out of memory. ",
        ),
        (
            -signal.SIGKILL,
            "failed",
            "step 4/10  loss 2.3012  error 8.3 %",
            "Its process was killed",
        ),
    ],
)
def test_how_a_job_ended_is_written_down(
    code: int, phase: str, log: str, message: str, tmp_path: Path
) -> None:
    folder = a_job(tmp_path / "run", "training", step=4)
    (folder / LOG_FILE).write_text(log)
    record_exit(folder, code)
    said = read_progress(folder)
    assert said is not None
    assert (said.phase, said.step) == (phase, 4)
    assert said.message.startswith(message)
    assert bool(said.message) is bool(message)


@pytest.mark.feature
@pytest.mark.parametrize("phase", ["stopped", "finished"])
def test_what_a_job_said_of_its_end_itself_stands(phase: Phase, tmp_path: Path) -> None:
    folder = a_job(tmp_path / "run", phase, step=4, message="said so")
    record_exit(folder, 0 if phase == "finished" else 130)
    said = read_progress(folder)
    assert said is not None
    assert (said.phase, said.message) == (phase, "said so")


@pytest.mark.feature
def test_a_run_that_was_killed_after_its_card_is_finished(tmp_path: Path, gone: int) -> None:
    folder = a_job(tmp_path / "job", "measuring", 10, process=gone)
    assert phases(tmp_path) == {"job": "failed"}
    (folder / CARD).write_text("{}")
    assert phases(tmp_path) == {"job": "finished"}
