"""What uploads may cost a server, as the environment sets it."""

from __future__ import annotations

import math
import os

PICTURE_SECONDS, CLIP_SECONDS = "STNVIZ_PICTURE_SECONDS", "STNVIZ_CLIP_SECONDS"
READERS, READER_MB, UPLOADS_MB = "STNVIZ_READERS", "STNVIZ_READER_MB", "STNVIZ_UPLOADS_MB"

USUAL = {
    PICTURE_SECONDS: 10.0,
    CLIP_SECONDS: 20.0,
    READERS: 2.0,
    READER_MB: 1000.0,
    UPLOADS_MB: 500.0,
}
"""Seconds that one upload may take to be read; processes that read, and megabytes that each of
them may have; megabytes of all uploads of all visitors together."""


def bound(name: str) -> float:
    """What the environment says of a bound; where that is no number above 0, the usual."""
    try:
        value = float(os.environ.get(name) or USUAL[name])
    except ValueError:
        return USUAL[name]
    return value if 0 < value < math.inf else USUAL[name]
