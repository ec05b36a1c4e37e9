"""How many trainings may wait, and how much disk they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from stnviz.experiments.recipe import Recipe
from stnviz.runs import jobs, permission, queue
from stnviz.runs.limits import LimitReached
from stnviz.runs.plan import Plan
from stnviz.settings import MAX_QUEUED, MAX_RUNS_GB, setting

PLAN = Plan("fcn", None, Recipe("mnist-r", 300))


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "start_runner", lambda root: None)


@pytest.mark.exception
def test_a_full_queue_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_QUEUED, "2")
    for _ in range(2):
        queue.submit(PLAN, tmp_path)
    with pytest.raises(LimitReached, match="2 trainings wait already"):
        queue.submit(PLAN, tmp_path)
    assert len(jobs.find_jobs(tmp_path)) == 2


@pytest.mark.exception
def test_runs_take_no_more_disk_than_they_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_RUNS_GB, "0.001")
    queue.submit(PLAN, tmp_path)
    (tmp_path / "large").write_bytes(b"0" * 1_000_000)
    with pytest.raises(LimitReached, match="GB that they may"):
        queue.submit(PLAN, tmp_path)


@pytest.mark.exception
@pytest.mark.parametrize("text", ["", "many", "nan"])
def test_a_bound_that_is_no_number_is_the_usual_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_QUEUED, text)
    assert setting(MAX_QUEUED) == 20


@pytest.mark.feature
@pytest.mark.parametrize(
    ("address", "strangers"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True),
     ("", True), (None, True), ("10.0.0.7", True), ("lab.example", True)],
)  # fmt: skip
def test_where_strangers_reach_the_server_training_must_be_allowed(
    address: str | None, strangers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(permission._reach, "strangers", False)
    monkeypatch.delenv("STNVIZ_TRAINING", raising=False)
    monkeypatch.delenv("STNVIZ_READONLY", raising=False)
    warning = permission.listen_at(address)
    assert permission.read_only() is strangers
    assert (warning is not None) is strangers
    monkeypatch.setenv("STNVIZ_TRAINING", "1")
    assert not permission.read_only()
    monkeypatch.setenv("STNVIZ_READONLY", "1")
    assert permission.read_only()


@pytest.mark.feature
def test_among_strangers_a_run_is_stopped_by_who_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = queue.submit(PLAN, tmp_path, "mine")
    monkeypatch.setitem(permission._reach, "strangers", False)
    assert permission.may_change(folder, "yours")
    monkeypatch.setitem(permission._reach, "strangers", True)
    assert permission.may_change(folder, "mine")
    assert not permission.may_change(folder, "yours")
    assert not permission.may_change(queue.submit(PLAN, tmp_path), "")
