"""Precomputed first views of pages, shipped so that they show before torch is loaded.

Each is what a page computes for its first view, under a key that names everything it was computed
from, including the digest of the weights: with any other input, nothing is found.
``scripts/make_openings.py`` writes them, and a test recomputes each.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Literal

Kind = Literal["attention", "steps", "replay", "results", "debug", "inside", "volume"]
FOLDER = Path(__file__).parent / "stored"


def load_opening(kind: Kind, *key: object) -> bytes | None:
    """The opening of ``kind`` stored under exactly this key; None if there is none.

    Args:
        kind: which opening.
        key: everything it was computed from, as JSON values.
    """
    mark = _mark(key)
    try:
        with (FOLDER / f"{kind}.bin").open("rb") as file:
            # Most requests are for something else: they need not read the rest.
            return zlib.decompress(file.read()) if file.read(len(mark)) == mark else None
    except OSError:
        return None


def save_opening(kind: Kind, key: tuple[object, ...], opening: bytes) -> Path:
    """Store ``opening`` where :func:`load_opening` finds it; return the file."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{kind}.bin"
    path.write_bytes(_mark(key) + zlib.compress(opening, 9))
    return path


def _mark(key: tuple[object, ...]) -> bytes:
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).digest()
