"""One job a folder: the lock, and who may ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stnviz.runs.lock import HOLDER_FILE, LOCK_FILE, FolderBusy, hold, is_held

HOLDER = """
import sys, time
from pathlib import Path
from stnviz.runs.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.feature
def test_a_folder_is_held_for_as_long_as_the_block_runs(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "run"
    assert not is_held(folder)
    with hold(folder):
        assert is_held(folder)
        assert (folder / HOLDER_FILE).read_text() == str(os.getpid())
        assert not is_held(tmp_path)
    assert not is_held(folder)
    assert [path.name for path in folder.iterdir()] == [LOCK_FILE]


@pytest.mark.exception
def test_a_second_holder_is_refused_and_the_first_keeps_it(tmp_path: Path) -> None:
    said = rf"Another job \(process {os.getpid()}\) is training in .*: wait for its end, stop it"
    with hold(tmp_path):
        with pytest.raises(FolderBusy, match=said), hold(tmp_path):
            pass
        assert is_held(tmp_path)
    with hold(tmp_path):
        assert is_held(tmp_path)


@pytest.mark.exception
def test_an_error_inside_gives_the_folder_back(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), hold(tmp_path):
        raise KeyboardInterrupt
    assert not is_held(tmp_path)


@pytest.mark.feature
def test_the_folder_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_held(tmp_path)
        with pytest.raises(FolderBusy, match=f"process {holder.pid}"), hold(tmp_path):
            pass
        holder.kill()
        holder.wait()
    assert (tmp_path / LOCK_FILE).exists()
    assert not is_held(tmp_path)
    with hold(tmp_path):
        assert (tmp_path / HOLDER_FILE).read_text() == str(os.getpid())


@pytest.mark.feature
def test_asking_who_holds_it_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text("99999")
    assert [is_held(tmp_path) for _ in range(3)] == [False] * 3
    with hold(tmp_path):
        assert [is_held(tmp_path) for _ in range(3)] == [True] * 3
