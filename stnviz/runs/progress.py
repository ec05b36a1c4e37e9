"""The progress of a run, in a small file that pages and other programs can read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from stnviz.files import write_text
from stnviz.records import Verdict
from stnviz.records.health import SEVERITIES
from stnviz.records.strict_json import as_json, is_count, is_number, is_text, read_json

PROGRESS_FILE = "progress.json"
STOP_FILE = ".stop"
"""A file with this name in a run's folder asks the run to stop after the current step."""

Phase = Literal["queued", "training", "measuring", "stopped", "finished", "failed"]


@dataclass(frozen=True)
class Progress:
    """The progress of a run.

    Args:
        phase: queued, training, measuring, stopped, finished or failed.
        step: steps done.
        steps: steps in total.
        loss: recent mean training loss, None before the first step.
        error: recent training error, in [0, 1].
        speed: steps per second.
        left: seconds to the end of the training.
        process: id of the training process.
        message: a sentence for the user, or "".
        verdicts: faults of the transformers.
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
        """Whether, according to its phase, a process is working on it."""
        return self.phase in ("training", "measuring")

    def write(self, folder: Path) -> None:
        """Write it to ``folder``."""
        write_text(folder / PROGRESS_FILE, as_json(asdict(self), indent=2) + "\n")


def read_progress(folder: Path) -> Progress | None:
    """The last progress of the run in ``folder``; None if there is no valid one."""
    try:
        plain = read_json(folder / PROGRESS_FILE)
        verdicts = tuple(Verdict(**verdict) for verdict in plain.pop("verdicts"))
        progress = Progress(**plain, verdicts=verdicts)
        return progress if _is_sound(progress) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_sound(progress: Progress) -> bool:
    """Whether every field is valid: pages rely on it, and so does the code that stops a process."""
    read: Any = progress
    numbers = (read.loss, read.error, read.speed, read.left)
    return (
        read.phase in get_args(Phase)
        and is_count(read.step)
        and is_count(read.steps, 1)
        and is_count(read.process)
        and is_text(read.message)
        and all(number is None or is_number(number) for number in numbers)
        and all(_is_sound_verdict(one) for one in read.verdicts)
    )


def _is_sound_verdict(verdict: Any) -> bool:
    words = (verdict.name, verdict.sentence, verdict.evidence, verdict.cause, verdict.cure)
    return (
        all(is_text(word) for word in words)
        and is_number(verdict.share, 0, 1)
        and verdict.severity in SEVERITIES
        and isinstance(verdict.numbers, Mapping)
    )


def duration(seconds: float) -> str:
    """Format a duration, such as ``2 min 05 s``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
