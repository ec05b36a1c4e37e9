"""What is not here, and has to be got from somewhere."""

from __future__ import annotations

import shlex
from pathlib import Path


class ResourceNotFound(RuntimeError):
    """Pictures or weights are not here; the message says where to get them."""


def fetch_command(name: str, folder: Path) -> str:
    """The command that downloads a data set into ``folder``, as a message quotes it."""
    return f"`python -m stnviz fetch {name} --data-dir {shlex.quote(str(folder))}`"
