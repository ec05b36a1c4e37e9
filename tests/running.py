"""What several tests of runs do: cut one short, compare two."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import torch
from torch import Tensor, nn

from stnviz.data.batches import Batches
from stnviz.data.digits import Digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.records import StepMetrics
from stnviz.runs.session import Session
from stnviz.training.probe import Probe

CPU = torch.device("cpu")
PROBE = 12


def pictures_of(digits: Digits, data: str = "mnist-r", bend: float = 0.0) -> Batches:
    """Digits under a distortion."""
    return Batches(digits, DISTORTIONS.get(data), CPU, bend)


def probe_on(digits: Digits, data: str = "mnist-r") -> Probe:
    """A probe of the first digits."""
    few = Digits(digits.images[:PROBE], digits.labels[:PROBE], "a few")
    return Probe.of(pictures_of(few, data), pictures_of(digits, data), data)


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    """Bit for bit."""
    return same_arrays(first.state_dict(), second.state_dict())


def same_arrays(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> bool:
    """Bit for bit; what is no number in both is the same."""
    return ours.keys() == theirs.keys() and all(
        torch.allclose(ours[name], theirs[name], rtol=0, atol=0, equal_nan=True) for name in ours
    )


def cut_short(run: Session, step: int) -> list[StepMetrics]:
    """Train until the record of ``step``, then leave; the records so far."""
    records = run.run(every=1)
    assert isinstance(records, Generator)
    seen = []
    for record in records:
        seen.append(record)
        if record.step == step:
            records.close()
    return seen
