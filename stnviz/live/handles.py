"""Places that a visitor has moved in an image, as text in links."""

from __future__ import annotations

import math

from stnviz.live.protocol import MAX_HANDLES

Handles = list[list[float]]


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
