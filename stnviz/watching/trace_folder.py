"""A folder of traces of one training, one file a step, never more than a given number."""

from __future__ import annotations

import re
from pathlib import Path

from stnviz.files import write_atomically
from stnviz.records.trace import Trace

PATTERN = "step-*.trace"
"""What the files are called, as a glob pattern."""

_NAME = re.compile(r"step-(\d{6,12})\.trace")


def list_traces(folder: Path) -> dict[int, Path]:
    """The traces in a folder by step, in order; nothing where there is no such folder."""
    named = ((_NAME.fullmatch(path.name), path) for path in folder.glob(PATTERN))
    return dict(sorted((int(match[1]), path) for match, path in named if match))


class TraceFolder:
    """Keeps at most ``keep`` traces, spread evenly over the steps, and always the newest.

    If there are more, the distance between those that are kept is doubled and those in between are
    deleted.

    Args:
        folder: created with the first trace.
        every: steps between two traces, as long as there are few.
        keep: largest number of files.
        done: steps that the training has done already; traces of later ones are deleted, because
            these steps are done again.

    Raises:
        ValueError: a number is too small, or the folder holds traces of another training.
    """

    def __init__(self, folder: Path, every: int, keep: int, done: int = 0) -> None:
        if every < 1 or keep < 2 or done < 0:
            raise ValueError(
                f"every={every}, keep={keep}, done={done}: trace at least every 1 step, keep at "
                "least 2 traces, and count the steps already done from 0."
            )
        self.folder, self.every, self.keep = folder, every, keep
        there = list_traces(folder)
        if there and not done:
            raise ValueError(
                f"{folder} holds traces of another training, up to step {max(there):,}: choose "
                "another folder, or give done=STEPS to go on after them."
            )
        for step in [step for step in there if step > done]:
            there[step].unlink(missing_ok=True)

    def save(self, step: int, trace: Trace) -> Path:
        """Write a trace; its file is complete or absent at any moment.

        Raises:
            OSError: the folder cannot be written.
            ValueError: the trace is too large for one file.
        """
        path = self.folder / f"step-{step:06d}.trace"
        write_atomically(path, trace.save)
        self._thin()
        return path

    def _thin(self) -> None:
        there = list_traces(self.folder)
        kept = _evenly(list(there), self.every, self.keep)
        for step in there.keys() - kept:
            there[step].unlink(missing_ok=True)


def _evenly(steps: list[int], every: int, keep: int) -> set[int]:
    """The steps to keep: the newest, and multiples of the smallest distance that leaves room."""
    newest = steps[-1:]
    while True:
        kept = {step for step in steps if step % every == 0} | {*newest}
        if len(kept) <= keep:
            return kept
        every *= 2
