"""Precompute the landing page's first responses and store them in ``stnviz/ui/stage/first.bin``.

    python scripts/make_first_answers.py

They are the engine's responses for the landing page's digit while it rotates from its first angle
to the other side, so that the page is animated before torch is loaded. Run it again when the
landing page or its models change; a test compares the file with the engine.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from stnviz.live.engine import Engine
from stnviz.live.links import FIRST_ANGLE, LANDING
from stnviz.live.protocol import parse_request
from stnviz.ui.encoding import pack_answers
from stnviz.ui.stage.model import FIRST_ANSWERS

ANGLES = np.linspace(FIRST_ANGLE, math.radians(-45), 17)


def first_requests() -> list[str]:
    """One request for each angle of the rotation."""
    source = {"digit": LANDING.digit}
    return [
        json.dumps(
            {
                "version": 1,
                "id": index,
                "models": list(LANDING.models),
                "source": source,
                "distortion": {"name": LANDING.distortion, "values": {"angle": float(angle)}},
            }
        )
        for index, angle in enumerate(ANGLES)
    ]


def main() -> None:
    """Compute the engine's responses and write them."""
    engine = Engine()
    answers = [engine.submit(parse_request(text)).result() for text in first_requests()]
    FIRST_ANSWERS.write_bytes(pack_answers(answers))
    print(f"{len(answers)} answers, {FIRST_ANSWERS.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
