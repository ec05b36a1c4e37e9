"""The runner: ``python -m stnviz.training.runner FOLDER`` works off the queue below a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from stnviz.training.jobs import launch, queue, settle, wait_for
from stnviz.training.lock import FolderBusy, hold


def work(root: Path) -> None:
    """Take queued jobs, one at a time, until none is left; another runner here is enough."""
    # Asked again after the lock is given back: whoever queued a job just before that saw the
    # lock held and relies on this runner.
    while queue(root):
        try:
            with hold(root):
                while waiting := queue(root):
                    folder = waiting[0].folder
                    settle(folder, wait_for(launch(folder)))
        except FolderBusy:
            return


if __name__ == "__main__":
    work(Path(sys.argv[1]))
