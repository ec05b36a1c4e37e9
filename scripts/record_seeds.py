"""Record the errors of further seeds beside a shipped checkpoint.

    python scripts/record_seeds.py checkpoints/mnist-r/cnn runs/seeds/mnist-r/cnn-seed1 ...

The runs must be of the same network and recipe, as from ``reproduce table1 --num-seeds 3 --out
runs/seeds``. Their errors are added to ``seeds.json`` of the checkpoint; their weights are not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.checkpoints.card import load_card  # noqa: E402
from stnviz.checkpoints.seeds import (  # noqa: E402
    OtherRun,
    check_same_run,
    load_seed_errors,
    percent_with_spread,
    save_seed_errors,
)


def main() -> None:
    """Check the runs, and store their errors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    asked = parser.parse_args()
    shipped = load_card(asked.checkpoint)
    errors = load_seed_errors(asked.checkpoint, shipped.digest)
    errors[int(shipped.training.get("seed", 0))] = float(shipped.metrics["error"])
    for run in asked.runs:
        card = load_card(run)
        seed = int(card.training.get("seed", 0))
        try:
            check_same_run(shipped, card)
        except OtherRun as error:
            raise SystemExit(f"{run} is no other seed of {asked.checkpoint}: {error}.") from error
        if seed in errors:
            raise SystemExit(f"{run} has the seed {seed}, which is here already: leave it out.")
        errors[seed] = float(card.metrics["error"])
    save_seed_errors(asked.checkpoint, shipped.digest, errors)
    every = tuple(errors.values())
    print(f"{asked.checkpoint}: {percent_with_spread(every[0], every)} % over {len(every)} seeds")


if __name__ == "__main__":
    main()
