"""What pages open with, stored with the program, so that it is on screen before torch is loaded.

Each is what a page would compute for whoever opens it first, under a key that names everything it
was computed from, the digest of the weights among it: for anything else there is nothing stored.
``scripts/make_openings.py`` writes them, and a test computes each anew.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Literal

Kind = Literal["attention", "steps", "replay", "results"]
FOLDER = Path(__file__).parent / "stored"


def load_opening(kind: Kind, *key: object) -> bytes | None:
    """What was stored of ``kind`` under just this key; None where there is nothing.

    Args:
        kind: which opening.
        key: everything it was computed from, as JSON values.
    """
    mark = _mark(key)
    try:
        with (FOLDER / f"{kind}.bin").open("rb") as file:
            # The rest is of no use to the many who ask for something else.
            return zlib.decompress(file.read()) if file.read(len(mark)) == mark else None
    except OSError:
        return None


def save_opening(kind: Kind, key: tuple[object, ...], opening: bytes) -> Path:
    """Put ``opening`` where :func:`stored` finds it; the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{kind}.bin"
    path.write_bytes(_mark(key) + zlib.compress(opening, 9))
    return path


def _mark(key: tuple[object, ...]) -> bytes:
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).digest()
