"""What is said of a model in a few numbers: while it trains, and when it is tested."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.records.history import Snapshot


@dataclass(frozen=True)
class Verdict:
    """A fault of a transformer, and how many pictures show it.

    Args:
        name: constant, out-of-view, mirrored, folded or not-finite.
        share: of the pictures looked at, in (0, 1].
        sentence: what it means and what to try.
    """

    name: str
    share: float
    sentence: str


@dataclass(frozen=True)
class TrainingRecord:
    """What a training run says of itself every few steps.

    Args:
        step: optimiser steps done.
        steps: optimiser steps in all.
        loss: mean loss since the last record.
        error: training error since the last record, in [0, 1].
        rate: learning rate now.
        seconds: wall time of this run so far.
        snapshot: the probe, where this step is one of its own.
        verdicts: what is wrong with the transformers at that snapshot.
    """

    step: int
    steps: int
    loss: float
    error: float
    learning_rate: float
    seconds: float
    snapshot: Snapshot | None = None
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """A classification error on a named set.

    Args:
        error: share of wrong answers in [0, 1].
        count: images looked at.
        data: the distortion's name.
        source: where the clean digits came from.
    """

    error: float
    count: int
    data: str
    source: str
