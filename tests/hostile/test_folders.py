"""Damaged and foreign folders among checkpoints and runs: each is passed over, the rest stands."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.card import CARD, CHECKPOINTS, HISTORY, WEIGHTS, BadCheckpoint
from stnviz.checkpoints.library import Library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.experiments.recipe import Recipe
from stnviz.not_found import ResourceNotFound
from stnviz.records import History
from stnviz.runs.jobs import find_jobs
from stnviz.runs.plan import PLAN_FILE, PLAN_FORMAT, Plan
from stnviz.runs.progress import PROGRESS_FILE, Progress
from stnviz.ui.stage import model as play
from stnviz.ui.stage.model import models_for
from stnviz.ui.train.model import history_of, network_of, status
from stnviz.ui.url_choice import in_order
from tests.hostile.conftest import Campaign

GOOD = CHECKPOINTS / "mnist-r" / "st-cnn-affine"
ROUTER = Path(play.__file__).parents[1] / "router.py"
NASTY: tuple[Any, ...] = (
    None, "", "text", "\ud800", -1, 0, 1.5, True, 10**400, 10**30, float("nan"), float("inf"),
    [], {}, [1], [[1, 2], 3], {"a": 1}, "x" * 5000, [10**9, 10**9], -(10**30),
)  # fmt: skip


def spoil(plain: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One entry, at any depth, missing or something else."""
    spoiled = copy.deepcopy(plain)
    inner = spoiled
    while True:
        name = chance.choice(list(inner))
        if isinstance(inner[name], dict) and inner[name] and chance.random() < 0.9:
            inner = inner[name]
            continue
        if chance.random() < 0.15:
            del inner[name]
        else:
            inner[name] = chance.choice(NASTY)
        return spoiled


def no_file(path: Path, chance: random.Random) -> None:
    """In place of a file: what is none, or holds what no program should take in."""
    path.unlink(missing_ok=True)
    kind = chance.randrange(9)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.symlink_to("/dev/zero")
    elif kind == 2:
        path.mkdir()
    elif kind == 3:
        path.symlink_to(path)
    elif kind == 4:
        with path.open("wb") as file:
            file.truncate(200_000_000)
    elif kind == 5:
        path.write_text("[" * 100_000 + "]" * 100_000)
    elif kind == 6:
        path.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    elif kind == 7:
        path.write_bytes(b'{"format": "\xff\xfe"}')
    else:
        path.write_bytes(chance.randbytes(chance.randrange(2000)))


def bend_bytes(path: Path, chance: random.Random) -> None:
    """A few bytes of a file are others, or its end is missing."""
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 9)):
        data[chance.randrange(min(len(data), 4000))] = chance.randrange(256)
    path.write_bytes(bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data))


def damage(folder: Path, files: dict[str, dict[str, Any]], chance: random.Random) -> None:
    """One of the files of a folder is not what it was."""
    name = chance.choice([*files, *files, *(p.name for p in folder.glob("*.safetensors"))])
    if chance.random() < 0.35:
        no_file(folder / name, chance)
    elif name in files:
        (folder / name).write_text(json.dumps(spoil(files[name], chance)))
    else:
        bend_bytes(folder / name, chance)


def put_checkpoint(folder: Path, card: dict[str, Any], chance: random.Random) -> None:
    folder.mkdir(parents=True)
    for name in (WEIGHTS, HISTORY, CARD):
        shutil.copyfile(GOOD / name, folder / name)
    damage(folder, {CARD: card}, chance)


def put_run(folder: Path, chance: random.Random) -> None:
    folder.mkdir(parents=True)
    plan = Plan("st-cnn", "affine", Recipe("mnist-r", 300))
    plain = {"format": PLAN_FORMAT, **asdict(plan)}
    phase = chance.choice(["queued", "training", "finished", "stopped"])
    said = {**asdict(Progress("stopped", 20, 300, 1.0, 0.5, 2.0, 9.0)), "phase": phase}
    (folder / PLAN_FILE).write_text(json.dumps(plain))
    (folder / PROGRESS_FILE).write_text(json.dumps(said))
    for name in (HISTORY, CARD):
        shutil.copyfile(GOOD / name, folder / name)
    damage(folder, {PLAN_FILE: plain, PROGRESS_FILE: said}, chance)


def opened(name: str) -> AppTest:
    page = AppTest.from_file(str(ROUTER), default_timeout=120)
    page.run()
    page.switch_page(f"../../pages/{name}.py").run()
    return page


def many(root: Path, count: int, put: Callable[[Path], None]) -> None:
    for number in range(count):
        put(root / f"odd-{number:04d}")
    os.mkdir(os.fsencode(root) + b"/\xff\xfe")  # noqa: PTH102 (no path can say it)
    (root / "loop").symlink_to(root)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs with one sound checkpoint among what is to come."""
    monkeypatch.setenv("STNVIZ_RUNS", str(tmp_path))
    shutil.copytree(GOOD, tmp_path / "sound")
    return tmp_path


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_damaged_checkpoints_are_passed_over_and_the_rest_stands(
    campaign: Campaign, root: Path
) -> None:
    card = json.loads((GOOD / CARD).read_text())
    many(root, campaign.count(40, 500), lambda at: put_checkpoint(at, card, campaign.random))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cards = Library({"runs/": root}).cards()
    assert "runs/sound" in cards
    assert models_for("mnist-r", cards)
    assert in_order(cards, "mnist-r")
    for name, found in cards.items():
        json.dumps(asdict(found), allow_nan=False)
        with suppress(BadCheckpoint, ResourceNotFound):
            load_checkpoint(root / name.removeprefix("runs/"))
    for folder in root.glob("odd-*"):
        with suppress(ValueError, OSError):
            History.load(folder / HISTORY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for page in ("time_machine", "play", "train"):
            assert not opened(page).exception


@pytest.mark.exception
@pytest.mark.usefixtures("unchecked")
def test_damaged_runs_are_passed_over_and_the_rest_stands(campaign: Campaign, root: Path) -> None:
    Plan("st-cnn", "affine", Recipe("mnist-r", 300)).save(root / "sound")
    many(root, campaign.count(20, 250), lambda at: put_run(at, campaign.random))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jobs = find_jobs(root)
        assert "sound" in {job.name for job in jobs}
        for job in jobs:
            assert status(job)
            history_of(job)
            network_of(job.plan)
        page = opened("train")
        for job in jobs[: campaign.count(6, 120)]:
            page.selectbox(key="job").set_value(job.name).run()
            assert not page.exception, job.folder
