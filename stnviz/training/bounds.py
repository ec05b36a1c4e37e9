"""How much trainings may take of a machine that several people share."""

from __future__ import annotations

import math
import os
from pathlib import Path

MAX_QUEUED, MAX_RUNS_GB = "STNVIZ_MAX_QUEUED", "STNVIZ_MAX_RUNS_GB"
USUAL = {MAX_QUEUED: 20.0, MAX_RUNS_GB: 20.0}


class NoRoom(RuntimeError):
    """A training is not queued: as many wait, or runs take as much disk, as is allowed."""


def bound(name: str) -> float:
    """What the environment says of a bound; where that is no number, the usual."""
    try:
        value = float(os.environ.get(name) or USUAL[name])
    except ValueError:
        return USUAL[name]
    return USUAL[name] if math.isnan(value) else value


def check_room(root: Path, waiting: int) -> None:
    """Refuse one more training below ``root``.

    Args:
        root: the folder of runs.
        waiting: how many are in the queue.

    Raises:
        NoRoom: says which bound is reached, and what to do.
    """
    if waiting >= (most := bound(MAX_QUEUED)):
        raise NoRoom(
            f"{waiting} trainings wait already, and at most {most:g} may: stop one or come back "
            f"later ({MAX_QUEUED} sets the bound)."
        )
    if size_of(root) >= 1e9 * (most := bound(MAX_RUNS_GB)):
        raise NoRoom(
            f"Runs take the {most:g} GB that they may: delete some in {root} "
            f"({MAX_RUNS_GB} sets the bound)."
        )


def size_of(root: Path) -> int:
    """Bytes of all files below a folder; links are not followed."""
    size, left = 0, [str(root)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:  # gone, or not for us
            continue
    return size
