"""How much trainings may take of a machine that several people share."""

from __future__ import annotations

import os
from pathlib import Path

from stnviz.settings import MAX_QUEUED, MAX_RUNS_GB, setting


class LimitReached(RuntimeError):
    """A training is not queued: as many wait, or runs take as much disk, as is allowed."""


def check_limits(root: Path, waiting: int) -> None:
    """Refuse one more training below ``root``.

    Args:
        root: the folder of runs.
        waiting: how many are in the queue.

    Raises:
        LimitReached: says which bound is reached, and what to do.
    """
    if waiting >= (most := setting(MAX_QUEUED)):
        raise LimitReached(
            f"{waiting} trainings wait already, and at most {most:g} may: stop one or come back "
            f"later ({MAX_QUEUED} sets the bound)."
        )
    if size_of(root) >= 1e9 * (most := setting(MAX_RUNS_GB)):
        raise LimitReached(
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
