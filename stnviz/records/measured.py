"""Records of measurements: training progress and test errors."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.records.health import Verdict
from stnviz.records.history import Snapshot


@dataclass(frozen=True)
class StepMetrics:
    """The state of a training, reported every few steps.

    Args:
        step: optimiser steps done.
        steps: optimiser steps in total.
        loss: mean loss since the last record.
        error: training error since the last record, in [0, 1].
        learning_rate: current learning rate.
        seconds: wall time of this run so far.
        snapshot: snapshot of the probe, if one is due at this step.
        verdicts: faults of the transformers at that snapshot.
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
    """An error on a test set.

    Args:
        error: share of wrong predictions, in [0, 1].
        count: number of test images.
        data: name of the data set.
        source: where the images come from.
    """

    error: float
    count: int
    data: str
    source: str
