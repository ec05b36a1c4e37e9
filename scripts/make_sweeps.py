"""Measure the sweeps of the Results page for every shipped digit network and store them with it.

    python scripts/make_sweeps.py [checkpoints/mnist-r/cnn ...]

Stored sweeps that are still valid are kept. Run it again when networks change; a test measures some
of them again.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.analysis.distortion_sweep import sweep_error  # noqa: E402
from stnviz.checkpoints.card import CARD, CHECKPOINTS, load_card  # noqa: E402
from stnviz.checkpoints.distortion_sweeps import load_stored_sweep, save_sweeps  # noqa: E402
from stnviz.checkpoints.storage import load_checkpoint  # noqa: E402
from stnviz.data.digits import part_of_gallery  # noqa: E402
from stnviz.papers.curves import SWEPT, places_of, sweepable  # noqa: E402


def main(asked: list[str]) -> None:
    """Measure the sweeps that are not stored."""
    folders = [Path(name) for name in asked] or sorted(
        path.parent for path in CHECKPOINTS.glob(f"*/*/{CARD}")
    )
    digits = part_of_gallery(SWEPT)
    for folder in folders:
        card = load_card(folder)
        if card.family != "digits":
            continue
        sweeps = {p.name: places_of(p) for p in sweepable(card.data)}
        if all(
            load_stored_sweep(folder, card.digest, digits.source, *one) for one in sweeps.items()
        ):
            continue
        model = load_checkpoint(folder)
        found = {
            name: (places, list(sweep_error(model, card.data, name, places, digits)))
            for name, places in sweeps.items()
        }
        save_sweeps(folder, card.digest, digits.source, found)
        print(folder.relative_to(ROOT) if folder.is_absolute() else folder, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
