"""A folder of traces: few, evenly spread, never half written, and of one training only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stnviz.records import Trace
from stnviz.watching.trace_folder import TraceFolder, list_traces

SMALL = Trace(np.zeros((1, 1, 2, 2), np.float32), (), np.zeros((1, 0), np.float32))


def filled(folder: Path, keep: int, steps: range) -> list[int]:
    traces = TraceFolder(folder, every=100, keep=keep)
    for step in steps:
        traces.save(step, SMALL)
        assert len(list_traces(folder)) <= keep
        assert max(list_traces(folder)) == step
    return list(list_traces(folder))


@pytest.mark.feature
def test_traces_are_thinned_evenly_and_the_newest_is_kept(tmp_path: Path) -> None:
    assert filled(tmp_path / "few", 64, range(0, 600, 100)) == [0, 100, 200, 300, 400, 500]
    assert filled(tmp_path / "many", 5, range(0, 1_600, 100)) == [0, 400, 800, 1_200, 1_500]
    assert filled(tmp_path / "least", 2, range(0, 700, 100)) == [0, 600]


@pytest.mark.cardinality
def test_names_sort_as_steps_do_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "step-1.trace").touch()
    (tmp_path / "step-000007.trace.bak").touch()
    path = TraceFolder(tmp_path, every=7, keep=2).save(21, SMALL)
    assert path.name == "step-000021.trace"
    assert list_traces(tmp_path) == {21: path}
    assert list_traces(tmp_path / "nowhere") == {}
    assert (tmp_path / "step-1.trace").exists()


@pytest.mark.feature
def test_a_resumed_training_goes_on_after_the_steps_it_has_done(tmp_path: Path) -> None:
    filled(tmp_path, 64, range(0, 500, 100))
    with pytest.raises(ValueError, match="up to step 400: choose another folder, or give done"):
        TraceFolder(tmp_path, every=100, keep=64)
    again = TraceFolder(tmp_path, every=100, keep=64, done=250)
    assert list(list_traces(tmp_path)) == [0, 100, 200]
    again.save(300, SMALL)
    assert list(list_traces(tmp_path)) == [0, 100, 200, 300]


@pytest.mark.exception
@pytest.mark.parametrize(("every", "keep", "done"), [(0, 64, 0), (100, 1, 0), (100, 64, -1)])
def test_impossible_numbers_are_refused(every: int, keep: int, done: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="trace at least every 1 step"):
        TraceFolder(tmp_path, every, keep, done)
