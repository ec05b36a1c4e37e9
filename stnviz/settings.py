"""Folders of the app, and server limits that environment variables set.

In a checkout the app, its pages and the shipped checkpoints lie beside the package, and runs are
written there, too. A wheel has them inside the package, in ``stnviz/_app`` (see setup.py). Nothing
is written to that folder: runs go to the current folder.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

_INSIDE = Path(__file__).parent / "_app"

INSTALLED: Final = _INSIDE.is_dir()
"""Whether this is an installed wheel and not a checkout."""

ROOT = _INSIDE if INSTALLED else Path(__file__).parents[1]
"""The folder of the app, its pages and the shipped checkpoints."""

MAX_QUEUED: Final = "STNVIZ_MAX_QUEUED"
MAX_RUNS_GB: Final = "STNVIZ_MAX_RUNS_GB"
MAX_CONNECTIONS: Final = "STNVIZ_MAX_CONNECTIONS"
MAX_CONNECTIONS_OF_ADDRESS: Final = "STNVIZ_MAX_CONNECTIONS_OF_ADDRESS"
PICTURE_SECONDS: Final = "STNVIZ_PICTURE_SECONDS"
CLIP_SECONDS: Final = "STNVIZ_CLIP_SECONDS"
READERS: Final = "STNVIZ_READERS"
READER_MB: Final = "STNVIZ_READER_MB"
UPLOADS_MB: Final = "STNVIZ_UPLOADS_MB"

TRACE: Final = "STNVIZ_TRACE"
"""Environment variable with the path of the trace that the Debug page opens with."""

LESSONS: Final = "STNVIZ_LESSONS"
"""Environment variable with the path of a teacher's folder of lessons."""

ANSWERS: Final = "STNVIZ_ANSWERS"
"""Environment variable that says who computes the answers on a page: server, browser or auto."""

WEB_RUNTIME: Final = "STNVIZ_WEB_RUNTIME"
"""Environment variable with the folder of the runtime that pages compute with."""

GRAPHS: Final = "STNVIZ_GRAPHS"
"""Environment variable with a folder in which the graphs for pages are kept."""

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
"""Default limits, chosen for one class of students on a machine with a few cores.

They limit: queued trainings, and the disk space of runs in GB; open connections in total, and per
address; seconds in which an uploaded image or clip must be decoded; the number of processes that
decode uploads, the memory of each in MB, and the memory of all uploads together in MB.
"""


def setting(name: str) -> float:
    """The value of an environment variable; the default where it is unset or not a number."""
    try:
        value = float(os.environ.get(name) or USUAL[name])
    except ValueError:
        return USUAL[name]
    return USUAL[name] if math.isnan(value) else value


def amount(name: str) -> float:
    """As :func:`setting`, but the default unless the value is finite and above 0."""
    value = setting(name)
    return value if 0 < value < math.inf else USUAL[name]


def is_set(name: str) -> bool:
    """Whether the environment variable is set and not empty."""
    return bool(os.environ.get(name))


def workplace() -> Path:
    """Working folder of processes and output: ``ROOT`` of a checkout, else the current folder."""
    return Path.cwd() if INSTALLED else ROOT


def runs_folder() -> Path:
    """Folder of training jobs: ``STNVIZ_RUNS``, else ``runs`` in the :func:`workplace`."""
    return Path(os.environ.get("STNVIZ_RUNS") or workplace() / "runs").resolve()


def web_runtime_folder() -> Path:
    """Folder of the runtime that pages compute with: ``STNVIZ_WEB_RUNTIME``, else in ``build``."""
    return Path(os.environ.get(WEB_RUNTIME) or workplace() / "build" / "web-runtime").resolve()


def lessons_folder() -> Path | None:
    """A teacher's own folder of lessons: ``STNVIZ_LESSONS``; None if it is not set."""
    folder = os.environ.get(LESSONS)
    return Path(folder).resolve() if folder else None
