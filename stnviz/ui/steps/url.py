"""What a hand has moved in a picture, as it stands in the address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from stnviz.live.protocol import MAX_HANDLES
from stnviz.ui.url_state import switch

Handles = list[list[float]]

OLD_NAMES = {"pieces": "distractors"}
"""What parts of the page's links were called before."""


def write_handles(handles: Handles | None) -> str:
    """Such as ``0.12,-0.5;0.3,0``; empty where nothing was moved."""
    return ";".join(",".join(f"{round(u, 3):g}" for u in point) for point in handles or ())


def read_handles(text: str) -> Handles | None:
    """The reverse; None where nothing was moved, or where it is no list of points."""
    try:
        points = [[float(u) for u in point.split(",")] for point in text.split(";") if point]
    except ValueError:
        return None
    valid = all(
        len(point) == 2 and all(math.isfinite(u) and abs(u) <= 4 for u in point) for point in points
    )
    return points if points and valid and len(points) <= MAX_HANDLES else None


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """What the component says of itself, for the address."""
    return {
        "picture": reported["picture"],
        "tick": reported["tick"],
        "own": int(reported["own"]),
        "slow": switch(reported["slow"]),
        "sharp": int(reported["sharp"]),
        "handles": write_handles(reported["handles"]),
        "distractors": "" if reported["distractors"] is None else reported["distractors"],
    }
