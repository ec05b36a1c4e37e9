"""Where the app's files lie, and numbers that whoever runs a server may set.

In a checkout the app, its pages and the shipped checkpoints lie beside the package, and runs come
there, too. A wheel has them inside the package, in ``stnviz/_app`` (see setup.py); there nothing is
written: runs come to the current folder.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

_INSIDE = Path(__file__).parent / "_app"

INSTALLED: Final = _INSIDE.is_dir()
"""Whether this is an installed wheel and no checkout."""

ROOT = _INSIDE if INSTALLED else Path(__file__).parents[1]
"""Where the app, its pages and the shipped checkpoints lie."""

MAX_QUEUED: Final = "STNVIZ_MAX_QUEUED"
MAX_RUNS_GB: Final = "STNVIZ_MAX_RUNS_GB"
MAX_CONNECTIONS: Final = "STNVIZ_MAX_CONNECTIONS"
MAX_CONNECTIONS_OF_ADDRESS: Final = "STNVIZ_MAX_CONNECTIONS_OF_ADDRESS"
PICTURE_SECONDS: Final = "STNVIZ_PICTURE_SECONDS"
CLIP_SECONDS: Final = "STNVIZ_CLIP_SECONDS"
READERS: Final = "STNVIZ_READERS"
READER_MB: Final = "STNVIZ_READER_MB"
UPLOADS_MB: Final = "STNVIZ_UPLOADS_MB"

USUAL: Final = {
    MAX_QUEUED: 20.0,
    MAX_RUNS_GB: 20.0,
    MAX_CONNECTIONS: 4096.0,
    MAX_CONNECTIONS_OF_ADDRESS: 512.0,
    PICTURE_SECONDS: 10.0,
    CLIP_SECONDS: 20.0,
    READERS: 2.0,
    READER_MB: 1000.0,
    UPLOADS_MB: 500.0,
}
"""What stands where nothing is set: for one class, on a machine with a few cores.

Connections of all kinds, and of one address; trainings that wait, and what runs take on disk;
seconds in which an uploaded picture or clip must be read, processes that read them, what each may
have of memory, and what all uploads together may.
"""


def setting(name: str) -> float:
    """What the environment says; where that is no number, the usual."""
    try:
        value = float(os.environ.get(name) or USUAL[name])
    except ValueError:
        return USUAL[name]
    return USUAL[name] if math.isnan(value) else value


def amount(name: str) -> float:
    """As :func:`setting`, of what must be finite and above 0."""
    value = setting(name)
    return value if 0 < value < math.inf else USUAL[name]


def is_set(name: str) -> bool:
    """Whether the environment says anything."""
    return bool(os.environ.get(name))


def workplace() -> Path:
    """Where processes work and what is made here lies: beside the app of a checkout, else here."""
    return Path.cwd() if INSTALLED else ROOT


def runs_folder() -> Path:
    """Where jobs lie: ``STNVIZ_RUNS``, else ``runs`` in the :func:`workplace`."""
    return Path(os.environ.get("STNVIZ_RUNS") or workplace() / "runs").resolve()
