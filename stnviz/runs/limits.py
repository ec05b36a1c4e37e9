"""Limits on queued trainings and on disk use, for machines that several people share."""

from __future__ import annotations

import os
from pathlib import Path

from stnviz.settings import MAX_QUEUED, MAX_RUNS_GB, setting


class LimitReached(RuntimeError):
    """A training cannot be queued: the maximum of queued trainings or of disk use is reached."""


def check_limits(root: Path, waiting: int) -> None:
    """Check that one more training may be queued below ``root``.

    Args:
        root: the folder of runs.
        waiting: number of queued trainings.

    Raises:
        LimitReached: a limit is reached; the message says which, and what to do.
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
    """Total size in bytes of all files below a folder; links are not followed."""
    size, left = 0, [str(root)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:  # deleted meanwhile, or not readable
            continue
    return size
