"""What training the whole of Table 1 costs, as a ratio to the recipes it was first trained with.

    python benchmarks/table_cost.py --check

A few steps of every cell are timed, with its recipe and with the first one, in turns; times the
number of steps, they add up to the table's. Only cells that had a recipe then are counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.data.batches import Batches
from stnviz.data.digits import gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.papers.cells import Cell
from stnviz.papers.table1 import CELLS
from stnviz.runs.plan import Plan
from stnviz.training.devices import place
from stnviz.training.loop import Training

COLUMNS = ("mnist-r", "mnist-rts", "mnist-p", "mnist-e", "mnist-tc")
FIRST: dict[str, tuple[tuple[int, float], ...]] = {
    "fcn": ((80_000, 1.0), (120_000, 0.5), (80_000, 0.5), (40_000, 1.0), (160_000, 0.0)),
    "st-fcn": ((80_000, 1.0), (80_000, 1.0), (40_000, 1.0), (40_000, 1.0), (90_000, 0.0)),
    "cnn": ((20_000, 0.0), (20_000, 1.0), (10_000, 0.0), (20_000, 0.0), (6_000, 0.0)),
}
"""Steps and elastic augmentation of the first recipes by column, all in batches of 256."""

NOW, THEN = "the recipes of today", "the first recipes"
CASE = "the whole table, one thread"
GOALS = [report.Goal(CASE, NOW, 0.5)]


def first_plan(cell: Cell) -> Plan | None:
    """The cell's first plan; None if its column was not in the table then."""
    plan = cell.plan
    if plan.recipe.data not in COLUMNS:
        return None
    kind = plan.model if plan.model in FIRST else "cnn"
    steps, elastic = FIRST[kind][COLUMNS.index(plan.recipe.data)]
    recipe = replace(plan.recipe, steps=steps, batch_size=256, elastic_augmentation=elastic)
    return replace(plan, recipe=recipe, changes={})


def stepping(plan: Plan) -> Callable[[], object]:
    """One training step of a plan."""
    recipe, device = plan.recipe, torch.device("cpu")
    torch.manual_seed(0)
    network = EXPERIMENTS.get(recipe.data).build(plan.config())
    place(network, device)
    digits = Batches(gallery(), DISTORTIONS.get(recipe.data), device, recipe.elastic_augmentation)
    training = Training(network, recipe, digits)
    return lambda: training.step(1e-4)


def main() -> int:
    """Time both recipes of every cell, and add up."""
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    hours = {NOW: 0.0, THEN: 0.0}
    began = time.perf_counter()
    for name, cell in CELLS:
        then = first_plan(cell)
        if then is None or (options.smoke and cell.plan.recipe.data != "mnist-r"):
            continue
        plans = {NOW: cell.plan, THEN: then}
        steps = {which: stepping(plan) for which, plan in plans.items()}
        taken = report.medians(steps, 1 if options.smoke else options.rounds)
        for which, plan in plans.items():
            hours[which] += taken[which] * plan.recipe.steps / 3600
        print(
            f"{name}: {taken[NOW] * cell.plan.recipe.steps / 60:.0f} min, first "
            f"{taken[THEN] * then.recipe.steps / 60:.0f} min",
            flush=True,
        )
    print(f"measured in {time.perf_counter() - began:.0f} s")
    results = [
        report.Result(CASE, which, hours[which] / hours[THEN], "x", 3600 * hours[which])
        for which in hours
    ]
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
