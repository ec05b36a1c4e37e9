"""Train a network with a changed recipe, and measure it on images that no test set has.

    python scripts/try_recipe.py mnist-r/st-cnn-affine steps=5000 elastic_augmentation=0.5

The error is that of the gallery's 10,000 digits, which no training sees, each distorted three
times; where the images are no digits, that of the validation images. So recipes can be compared
without the test images. docs/tries.md lists what was tried.

The run lies in ``runs/tries``. Called again, the script resumes it; ``stnviz train --resume`` with
its folder measures the test error of a recipe that is worth it, and writes its checkpoint. The
validation error during training is of fewer images, and counts for nothing here.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.cli.reproduce import TABLES  # noqa: E402
from stnviz.experiments import digits  # noqa: E402
from stnviz.experiments.recipe import Recipe  # noqa: E402
from stnviz.runs.plan import Plan  # noqa: E402
from stnviz.runs.session import Session  # noqa: E402
from stnviz.training.devices import keep_freed_memory  # noqa: E402
from stnviz.training.evaluate import evaluate  # noqa: E402

TRIES = ROOT / "runs" / "tries"

DISTORTED = 3
"""Times that each image is distorted."""

SAY_EVERY = 500


def changed(recipe: Recipe, changes: list[str]) -> Recipe:
    """The recipe with changes such as ``steps=5000``."""
    kinds = {field.name: type(getattr(recipe, field.name)) for field in fields(recipe)}
    given: dict[str, Any] = {}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in kinds or not value:
            raise SystemExit(f"{change}: write NAME=VALUE with a name of {', '.join(kinds)}.")
        given[name] = kinds[name](value)
    return replace(recipe, **given)


def find_plan(cell: str) -> Plan:
    """The plan of a cell of any table."""
    for cells in TABLES.values():
        if cell in cells:
            return cells.get(cell).plan
    raise SystemExit(f"{cell}: give a cell of {', '.join(TABLES)}, such as mnist-r/cnn.")


def main() -> None:
    """Train, and print the error with its standard error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cell", help="a cell of a table, such as mnist-r/cnn")
    parser.add_argument("changes", nargs="*", help="changes of its recipe, such as steps=5000")
    parser.add_argument("--out", type=Path, default=TRIES, help="folder of the runs")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    keep_freed_memory()
    plan = find_plan(asked.cell)
    plan = replace(plan, recipe=changed(plan.recipe, asked.changes))
    name = "-".join(change.replace("/", "-") for change in asked.changes) or "unchanged"
    session = Session(plan, asked.out / asked.cell / name)
    if session.notice:
        raise SystemExit(session.notice)
    for record in session.run(SAY_EVERY):
        print(
            f"step {record.step}  error {100 * record.error:.2f} %  {record.seconds:.0f} s",
            flush=True,
        )
    with patch.object(digits, "VALIDATION", slice(None)):  # the whole gallery
        held_out, _ = session.experiment.open("validation", None, session.device)
    errors = [
        evaluate(session.training.result, plan.recipe.data, held_out, seed=seed).error
        for seed in range(DISTORTED)
    ]
    error = sum(errors) / DISTORTED
    spread = math.sqrt(error * (1 - error) / len(held_out))
    print(f"{asked.cell} {' '.join(asked.changes)}: {100 * error:.2f} % +- {100 * spread:.2f}")


if __name__ == "__main__":
    main()
