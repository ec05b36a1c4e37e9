"""Write checkpoints of earlier versions anew, with today's names; their weights stay as they are.

    python scripts/rewrite_checkpoints.py [FOLDER]

Old ones can be read without that. Below FOLDER, the shipped checkpoints by default, every card says
its recipe under today's names, and predictions lie in a file of today's name.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stnviz.checkpoints import old_names  # noqa: E402
from stnviz.checkpoints.card import (  # noqa: E402
    CARD,
    CARD_FORMAT,
    CHECKPOINTS,
    PREDICTIONS,
    check_weights,
    load_card,
    predictions_file,
)
from stnviz.files import write_atomically, write_text  # noqa: E402
from stnviz.records import Predictions  # noqa: E402
from stnviz.records.strict_json import as_json  # noqa: E402


def rewrite(folder: Path) -> bool:
    """Rewrite one checkpoint's card and predictions; return whether anything changed."""
    card = load_card(folder)
    check_weights(folder, card)
    plain = json.loads(as_json({"format": CARD_FORMAT, **asdict(card)}))
    changed = plain != json.loads((folder / CARD).read_text(encoding="utf-8"))
    if changed:
        write_text(folder / CARD, json.dumps(plain, indent=2) + "\n")
    old = folder / old_names.PREDICTIONS
    if old.exists():
        write_atomically(folder / PREDICTIONS, Predictions.load(predictions_file(folder)).save)
        old.unlink()
    return changed or (folder / PREDICTIONS).exists()


def main() -> None:
    """Rewrite all checkpoints below a folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?", default=CHECKPOINTS)
    for card in sorted(options.parse_args().folder.rglob(CARD)):
        if rewrite(card.parent):
            print(card.parent)


if __name__ == "__main__":
    main()
