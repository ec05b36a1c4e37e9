"""What a visitor has moved in an image, as URL parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from stnviz.live.protocol import MAX_HANDLES
from stnviz.ui.url_state import switch

Handles = list[list[float]]

OLD_NAMES = {"pieces": "distractors"}
"""Earlier names of the page's URL parameters."""


def write_handles(handles: Handles | None) -> str:
    """Text such as ``0.12,-0.5;0.3,0``; empty if nothing was moved."""
    return ";".join(",".join(f"{round(u, 3):g}" for u in point) for point in handles or ())


def read_handles(text: str) -> Handles | None:
    """The inverse of :func:`write_handles`; None if nothing was moved or the text is not valid."""
    try:
        points = [[float(u) for u in point.split(",")] for point in text.split(";") if point]
    except ValueError:
        return None
    valid = all(
        len(point) == 2 and all(math.isfinite(u) and abs(u) <= 4 for u in point) for point in points
    )
    return points if points and valid and len(points) <= MAX_HANDLES else None


def as_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """The state that the component reports, as URL parameters."""
    return {
        "picture": reported["picture"],
        "tick": reported["tick"],
        "own": int(reported["own"]),
        "slow": switch(reported["slow"]),
        "sharp": int(reported["sharp"]),
        "handles": write_handles(reported["handles"]),
        "distractors": "" if reported["distractors"] is None else reported["distractors"],
    }
