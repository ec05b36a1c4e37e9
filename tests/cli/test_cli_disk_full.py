"""A disk that fills up: a sentence, and nothing that was there is lost."""

from __future__ import annotations

import errno
import os
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CARD, HISTORY, STATE_FILE, load_card, weights_digest
from stnviz.cli import main
from stnviz.records import History
from stnviz.runs import session
from stnviz.runs.plan import PLAN_FILE, load_plan
from stnviz.runs.progress import PROGRESS_FILE, read_progress

Arguments = Callable[..., list[str]]
ROOM = 100_000
"""Bytes: room for a plan, too little for the state of a run."""


@pytest.fixture(scope="module")
def whole(
    small_mnist: Path, tmp_path_factory: pytest.TempPathFactory, arguments: Arguments
) -> Path:
    """A run that was never disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "whole"
    assert main([*short(arguments, folder), "--data-dir", str(small_mnist)]) == 0
    return folder


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state is written at every record."""
    monkeypatch.setattr(session, "SAVE_EVERY", 0.0)


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No file may grow beyond ``ROOM``, as if there were no more on the disk."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python keeps what it wrote by half
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def short(arguments: Arguments, folder: Path) -> list[str]:
    return arguments(folder, "--every", "1", model="fcn", transform=None)


def fill_up(monkeypatch: pytest.MonkeyPatch, write: int, *, for_good: bool) -> None:
    """Let the disk be full at the write of this number, and at all later ones or not."""
    sync, count = os.fsync, 0

    def refuse(file: int) -> None:
        nonlocal count
        count += 1
        # Each file is synced and then its folder.
        if count == 2 * write - 1 or (for_good and count > 2 * write - 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    monkeypatch.setattr(os, "fsync", refuse)


def snapshots(folder: Path) -> list[int]:
    return [snapshot.step for snapshot in History.load(folder / HISTORY).snapshots]


# A run of three steps writes its plan, then history, progress and state four times, state and
# progress at the end, and weights, history, card and progress.
@pytest.mark.exception
@pytest.mark.usefixtures("data", "lively")
@pytest.mark.parametrize(
    ("write", "for_good"),
    [(write, True) for write in (1, 4, 16, 19)]
    + [(write, False) for write in (5, 10)]
    + [pytest.param(write, True, marks=pytest.mark.slow) for write in (2, 5, 14, 17, 18)]
    + [pytest.param(write, False, marks=pytest.mark.slow) for write in (2, 3, 4, 8)],
)
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(
    write: int, for_good: bool, whole: Path, tmp_path: Path, arguments: Arguments,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "run"
    capsys.readouterr()
    with monkeypatch.context() as disk:
        fill_up(disk, write, for_good=for_good)
        assert main(short(arguments, folder)) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{folder} cannot be written: ")
    assert os.strerror(errno.ENOSPC) in said
    assert said.count("\n") == 1
    assert not list(folder.glob(".*.tmp"))
    if (folder / PLAN_FILE).exists():
        assert load_plan(folder) == load_plan(whole)
    if (folder / PROGRESS_FILE).exists():
        assert read_progress(folder) is not None
    if not (folder / CARD).exists():
        assert main(short(arguments, folder)) == 0
    card = load_card(folder)
    assert card.digest == load_card(whole).digest == weights_digest(folder)
    assert snapshots(folder) == snapshots(whole) == [0, 1, 2, 3]


@pytest.mark.exception
@pytest.mark.usefixtures("no_room")
def test_a_state_that_finds_no_room_ends_in_a_sentence(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert main(short(arguments, folder)) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{folder} cannot be written: ")
    assert said.count("\n") == 1
    assert not (folder / STATE_FILE).exists()
    assert not list(folder.glob(".*.tmp"))


@pytest.mark.exception
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert main(short(arguments, tmp_path / "locked" / "run")) == 2
    assert "cannot be written to: choose another folder with --out." in capsys.readouterr().err
