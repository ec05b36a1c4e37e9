"""How far a run has come, in one small file that a page or another program can read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from stnviz.files import write_text
from stnviz.records import Verdict
from stnviz.records.strict_json import as_json, is_count, is_number, is_text, read_json

PROGRESS_FILE = "progress.json"
STOP_FILE = ".stop"
"""Whoever leaves it asks the run to end after the step in hand."""

Phase = Literal["queued", "training", "measuring", "stopped", "finished", "failed"]


@dataclass(frozen=True)
class Progress:
    """What a run says of itself.

    Args:
        phase: queued, training, measuring, stopped, finished or failed.
        step: steps done.
        steps: steps in all.
        loss: mean training loss of late, None before the first step.
        error: training error of late, in [0, 1].
        speed: steps a second.
        left: seconds to the end of the training.
        process: the process that trains.
        message: a sentence for a person, where there is something to say.
        verdicts: what is wrong with the transformers.
    """

    phase: Phase
    step: int
    steps: int
    loss: float | None = None
    error: float | None = None
    speed: float | None = None
    left: float | None = None
    process: int = field(default_factory=os.getpid)
    message: str = ""
    verdicts: Sequence[Verdict] = ()

    @property
    def working(self) -> bool:
        """Whether a process says that it is at it."""
        return self.phase in ("training", "measuring")

    def write(self, folder: Path) -> None:
        """Leave it in ``folder`` for whoever asks."""
        write_text(folder / PROGRESS_FILE, as_json(asdict(self), indent=2) + "\n")


def read_progress(folder: Path) -> Progress | None:
    """What the run in ``folder`` last said; None where it has said nothing readable."""
    try:
        plain = read_json(folder / PROGRESS_FILE)
        verdicts = tuple(Verdict(**verdict) for verdict in plain.pop("verdicts"))
        progress = Progress(**plain, verdicts=verdicts)
        return progress if _is_sound(progress) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_sound(progress: Progress) -> bool:
    """Whether everything is of its kind: a page, and whoever stops a process, relies on it."""
    read: Any = progress
    numbers = (read.loss, read.error, read.speed, read.left)
    return (
        read.phase in get_args(Phase)
        and is_count(read.step)
        and is_count(read.steps, 1)
        and is_count(read.process)
        and is_text(read.message)
        and all(number is None or is_number(number) for number in numbers)
        and all(
            is_text(one.name) and is_text(one.sentence) and is_number(one.share, 0, 1)
            for one in read.verdicts
        )
    )


def duration(seconds: float) -> str:
    """A time span as a person says it."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
