"""What the sections of the GPU benchmark share: its settings, a training, its speed."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stnviz.data.image_source import ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Precision, Recipe
from stnviz.papers import attention, table1
from stnviz.papers import recurrent as again
from stnviz.papers.cells import Cell
from stnviz.runs.plan import Plan
from stnviz.training.devices import place
from stnviz.training.loop import Training


@dataclass(frozen=True)
class Bench:
    """Settings of the benchmark.

    Args:
        device: device to measure.
        data_dir: the folder of data sets.
        checkpoints: the folder of checkpoints.
        few: whether to run only a little of everything.
    """

    device: torch.device
    data_dir: Path | None
    checkpoints: Path
    few: bool

    def wait(self) -> None:
        """Wait until the device has finished all queued work."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def cell_named(name: str) -> Cell:
    """The cell with this name in any of the tables."""
    tables = (table1.CELLS, attention.CELLS, again.CELLS)
    return next(table.get(name) for table in tables if name in table)


@lru_cache(maxsize=1)
def pictures(bench: Bench, data: str) -> ImageSource:
    """Training images on the device."""
    recipe = Recipe(data, steps=1)
    return EXPERIMENTS.get(data).open("train", bench.data_dir, bench.device, recipe)[0]


def training(
    bench: Bench, plan: Plan, precision: Precision = "auto", *, capture: bool = True
) -> Training:
    """A training at step 0, as in a run, but without a probe."""
    recipe = replace(plan.recipe, precision=precision)
    torch.manual_seed(recipe.seed)
    network = EXPERIMENTS.get(recipe.data).build(plan.config(bench.data_dir))
    place(network, bench.device)
    return Training(network, recipe, pictures(bench, recipe.data), capture=capture)


def seconds_a_step(bench: Bench, run: Training, steps: int) -> float:
    """Seconds per step, after warm-up steps for graph capture and algorithm selection."""
    for _ in range(min(20, steps)):
        run.step(1e-4)
    bench.wait()
    began = time.perf_counter()
    for _ in range(steps):
        run.step(1e-4)
    bench.wait()
    return (time.perf_counter() - began) / steps
