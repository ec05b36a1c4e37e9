"""Error for data sets and weights that are not installed, and the command that fetches data."""

from __future__ import annotations

import shlex
from pathlib import Path


class ResourceNotFound(RuntimeError):
    """Images or weights are missing; the message says where to get them."""


def fetch_command(name: str, folder: Path) -> str:
    """The command that downloads a data set into ``folder``, quoted for a message."""
    return f"`python -m stnviz fetch {name} --data-dir {shlex.quote(str(folder))}`"
