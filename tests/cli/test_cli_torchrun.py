"""Several processes train one network: the same run as in one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.served import free_port
from stnviz.checkpoints.card import CARD, HISTORY, WEIGHTS, load_card
from stnviz.cli import main
from stnviz.experiments.recipe import Recipe
from stnviz.records import History
from stnviz.runs.lock import LOCK_FILE
from stnviz.runs.plan import PLAN_FILE, Plan
from stnviz.runs.progress import PROGRESS_FILE
from tests.lives import begin, code_of

ROOT = Path(__file__).parents[2]
Arguments = Callable[..., list[str]]
STEPS = ("--every", "1", "--steps", "4")
FILES = {CARD, WEIGHTS, HISTORY, PLAN_FILE, PROGRESS_FILE, LOCK_FILE}


def together(line: list[str], folder: Path) -> tuple[list[int], list[str]]:
    """Run a command in two processes as torchrun does; their codes and what they say."""
    there = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    logs = [folder / f"log{rank}.txt" for rank in range(2)]
    processes = [
        begin(line, log, environment={**there, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank, log in enumerate(logs)
    ]
    codes = [code_of(process) for process in processes]
    return codes, [log.read_text() for log in logs]


def losses(text: str) -> dict[int, float]:
    """The loss of each step, as it was said."""
    lines = [line.split() for line in text.splitlines() if line.startswith("step")]
    told = [words for words in lines if "loss" in words]
    return {int(words[1].split("/")[0]): float(words[words.index("loss") + 1]) for words in told}


def files(folder: Path) -> list[str]:
    return sorted("tfevents" if "tfevents" in path.name else path.name for path in folder.iterdir())


@pytest.mark.feature
@pytest.mark.parametrize(
    ("model", "transform", "practice"),
    [
        ("st-fcn", "affine", ("--ema-decay", "0.5", "--identity-penalty", "1")),
        ("fcn", None, ()),
        ("st-fcn", "affine", ("--consistency-weight", "1")),
    ],
)
@pytest.mark.slow
def test_two_processes_train_what_one_does(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str],
    model: str, transform: str | None, practice: tuple[str, ...],
) -> None:  # fmt: skip
    line = {"model": model, "transform": transform}
    assert main(arguments(tmp_path / "one", *STEPS, *practice, **line)) == 0
    alone = losses(capsys.readouterr().out)
    command = arguments(tmp_path / "two", *STEPS, *practice, **line)
    codes, said = together(command, tmp_path)
    assert codes == [0, 0], said
    among = losses(said[0])
    assert list(among) == list(alone) == [1, 2, 3, 4]
    for step, loss in alone.items():
        assert among[step] == pytest.approx(loss, abs=2e-4)
    assert ", 2 processes)." in said[0]
    assert "step" not in said[1]
    assert files(tmp_path / "two") == sorted([*FILES, "tfevents"])
    cards = [load_card(tmp_path / name) for name in ("one", "two")]
    assert [card.training["processes"] for card in cards] == [1, 2]
    assert cards[0].metrics["error"] == pytest.approx(cards[1].metrics["error"], abs=0.01)
    histories = [History.load(tmp_path / name / HISTORY) for name in ("one", "two")]
    for ours, theirs in zip(*(history.snapshots for history in histories), strict=True):
        assert ours.step == theirs.step
        assert theirs.probabilities == pytest.approx(ours.probabilities, abs=2e-3)


@pytest.mark.exception
@pytest.mark.parametrize(("batch", "size", "fits"), [(8, 2, True), (9, 2, False), (8, 3, False)])
def test_a_batch_that_cannot_be_shared_is_refused(
    batch: int, size: int, fits: bool, tmp_path: Path, arguments: Arguments,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from stnviz.cli.options import parse
    from stnviz.cli.train import find_problems

    monkeypatch.setenv("WORLD_SIZE", str(size))
    line = arguments(tmp_path / "run", "--batch-size", str(batch), model="fcn", transform=None)
    options = parse(line)
    if fits:
        assert list(find_problems(options)) == []
        return
    assert main(line) == 2
    assert capsys.readouterr().err == (
        f"--batch-size is {batch}, which {size} processes cannot share: give a multiple of their "
        "number.\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.exception
@pytest.mark.parametrize(("batch", "size", "fits"), [(9, 2, False), (9, 3, True)])
def test_the_batch_of_a_run_that_is_resumed_is_judged_too(
    batch: int, size: int, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stnviz.cli.options import parse
    from stnviz.cli.train import find_problems

    Plan("fcn", None, Recipe("mnist-r", 4, batch_size=batch)).save(tmp_path)
    monkeypatch.setenv("WORLD_SIZE", str(size))
    problems = list(find_problems(parse(["train", "--resume", str(tmp_path)])))
    assert [f"batch-size is {batch}" in problem.lower() for problem in problems] == [True] * (
        not fits
    )


@pytest.mark.exception
def test_a_busy_folder_ends_all_processes(data: Path, tmp_path: Path, arguments: Arguments) -> None:
    from stnviz.runs.lock import hold

    folder = tmp_path / "run"
    with hold(folder):
        codes, said = together(arguments(folder, *STEPS, model="fcn", transform=None), tmp_path)
    assert codes[0] == 2
    assert codes[1] != 0
    assert "Another job" in said[0]
    assert "Traceback" not in said[0]


@pytest.mark.slow
@pytest.mark.feature
def test_torchrun_starts_two_processes(
    data: Path, tmp_path: Path, arguments: Arguments, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"model": "fcn", "transform": None}
    assert main(arguments(tmp_path / "one", *STEPS, **line)) == 0
    alone = losses(capsys.readouterr().out)
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node=2"]
    torchrun += ["--master-port", str(free_port()), "-m", "stnviz"]
    done = subprocess.run(
        [sys.executable, *torchrun, *arguments(tmp_path / "two", *STEPS, **line)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert losses(done.stdout) == pytest.approx(alone, abs=2e-4)
    assert done.stdout.count("Checkpoint:") == 1
    assert files(tmp_path / "two") == sorted([*FILES, "tfevents"])
