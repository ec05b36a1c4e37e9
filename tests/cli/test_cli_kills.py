"""Runs that are killed without a word: nothing is lost but the last few steps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors import safe_open

from stnviz.checkpoints.card import CARD, HISTORY, STATE_FILE, load_card, weights_digest
from stnviz.cli import main
from stnviz.records import History
from stnviz.runs.lock import HOLDER_FILE, hold, is_held
from stnviz.runs.plan import PLAN_FILE, load_plan
from stnviz.runs.progress import PROGRESS_FILE, read_progress
from tests.lives import begin, code_of, wait_for

ROOT = Path(__file__).parents[2]
Arguments = Callable[..., list[str]]
CPU = ("--device", "cpu", "--threads", "1")
LIVELY = """
import sys
from stnviz.cli import main
from stnviz.runs import session
session.SAVE_EVERY = 0.0
sys.exit(main(sys.argv[1:]))
"""


def check_readable(folder: Path) -> int:
    """Every file that is there is whole; the steps that the state has done."""
    if (folder / PLAN_FILE).exists():
        load_plan(folder)
    if (folder / PROGRESS_FILE).exists():
        assert read_progress(folder) is not None
    if (folder / CARD).exists():
        assert load_card(folder).digest == weights_digest(folder)
    steps = []
    if (folder / HISTORY).exists():
        steps = [snapshot.step for snapshot in History.load(folder / HISTORY).snapshots]
        assert steps == sorted(set(steps))
    if not (folder / STATE_FILE).exists():
        return 0
    with safe_open(folder / STATE_FILE, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        assert arrays
        return int(file.metadata()["done"])


@pytest.mark.slow
@pytest.mark.feature
def test_a_run_that_is_killed_again_and_again_ends_like_one_that_is_not(
    data: Path, tmp_path: Path, arguments: Arguments
) -> None:
    options = ("--steps", "24", "--every", "1", "--ema-decay", "0.9", "--dropout", "0.3")
    line = {"model": "fcn", "transform": None}
    assert main(arguments(tmp_path / "whole", *options, **line)) == 0
    folder = tmp_path / "killed"
    folder.mkdir()
    chance = random.Random(7)
    done = []
    for life in range(3):
        command = ["train", "--resume", str(folder), "--every", "1", *CPU]
        if life == 0:
            command = arguments(folder, *options, **line)
        log = tmp_path / "log.txt"
        process = begin(command, log, save_every=0.0)
        if life == 0:
            wait_for(lambda said=log: "\nstep" in said.read_text() if said.exists() else False)
        else:
            wait_for(lambda: check_readable(folder) > done[-1])
        time.sleep(chance.uniform(0.0, 0.03))
        process.kill()
        process.join()
        assert not is_held(folder)
        done.append(check_readable(folder))
    assert done == sorted(done)
    assert done[-1] > 0
    assert main(["train", "--resume", str(folder), *CPU]) == 0
    assert load_card(folder).digest == load_card(tmp_path / "whole").digest
    steps = [
        [snapshot.step for snapshot in History.load(tmp_path / name / HISTORY).snapshots]
        for name in ("whole", "killed")
    ]
    assert steps[0] == steps[1]


@pytest.mark.slow
@pytest.mark.feature
def test_twenty_deaths_of_the_program_itself_at_any_moment(
    data: Path, tmp_path: Path, arguments: Arguments
) -> None:
    options = ("--steps", "3000", "--every", "5", "--ema-decay", "0.9")
    line = {"model": "fcn", "transform": None}
    python = [sys.executable, "-c", LIVELY]
    whole = [*python, *arguments(tmp_path / "whole", *options, **line)]
    assert subprocess.run(whole, cwd=ROOT, check=False).returncode == 0
    folder, log = tmp_path / "killed", tmp_path / "log.txt"
    chance = random.Random(11)
    for life in range(20):
        command = ["train", "--resume", str(folder), "--every", "5", *CPU]
        if not (folder / PLAN_FILE).exists():
            command = arguments(folder, *options, **line)
        with log.open("w") as said:
            process = subprocess.Popen([*python, *command], cwd=ROOT, stdout=said, stderr=said)
        if life % 4:
            wait_for(lambda: "\nstep" in log.read_text())
            time.sleep(chance.uniform(0.0, 1.0))
        else:
            time.sleep(chance.uniform(0.0, 5.0))
        assert process.poll() is None, log.read_text()
        process.kill()
        process.wait()
        check_readable(folder)
    assert not (folder / CARD).exists()
    last = [*python, "train", "--resume", str(folder), *CPU]
    assert subprocess.run(last, cwd=ROOT, check=False).returncode == 0
    assert load_card(folder).digest == load_card(tmp_path / "whole").digest


@pytest.mark.feature
def test_what_a_killed_run_was_writing_does_not_pile_up(
    data: Path, tmp_path: Path, arguments: Arguments
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    left = folder / f".{STATE_FILE}.99999.tmp"
    left.write_bytes(b"half a state")
    assert main(arguments(folder, model="fcn", transform=None)) == 0
    assert not left.exists()


@pytest.mark.exception
def test_a_second_run_in_a_folder_is_refused_and_the_first_goes_on(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    line = {"model": "fcn", "transform": None}
    steps = ("--steps", "5000")
    first = begin(arguments(folder, *steps, **line), tmp_path / "log.txt")
    wait_for(lambda: is_held(folder))
    for command in (arguments(folder, *steps, **line), arguments(folder, **line)):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert f"Another job (process {first.pid}) is training in {folder}: wait for" in said
        assert said.count("\n") == 1
    assert first.is_alive()
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    first.join()
    assert (folder / HOLDER_FILE).exists()
    assert not is_held(folder)
    with hold(folder):
        assert is_held(folder)
    assert main(arguments(folder, **line)) == 0


@pytest.mark.feature
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_ctrl_c_a_polite_kill_or_a_closed_terminal_leaves_a_state(
    name: str, data: Path, tmp_path: Path, arguments: Arguments
) -> None:
    if (number := getattr(signal, name, None)) is None:
        pytest.skip(f"this system has no {name}")
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{name} is ignored here, as nohup has it")
    folder, log = tmp_path / "run", tmp_path / "log.txt"
    process = begin(
        arguments(folder, "--steps", "5000", "--every", "1", model="fcn", transform=None), log
    )
    # The line of step 0 comes before the first step, when there is nothing to keep yet.
    wait_for(lambda: log.read_text().count("\nstep") > 1 if log.exists() else False)
    assert process.pid is not None
    os.kill(process.pid, number)
    assert code_of(process) == 130
    assert "and the same command goes on from there." in log.read_text()
    done = check_readable(folder)
    said = read_progress(folder)
    assert said is not None
    assert (said.phase, said.step) == ("stopped", done)
    assert not is_held(folder)
