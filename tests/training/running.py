"""What several tests of runs do: cut one short, compare two."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import torch
from torch import Tensor, nn

from stnviz.records import TrainingRecord
from stnviz.training.session import Session


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    """Bit for bit."""
    return same_arrays(first.state_dict(), second.state_dict())


def same_arrays(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> bool:
    """Bit for bit; what is no number in both is the same."""
    return ours.keys() == theirs.keys() and all(
        torch.allclose(ours[name], theirs[name], rtol=0, atol=0, equal_nan=True) for name in ours
    )


def cut_short(run: Session, step: int) -> list[TrainingRecord]:
    """Train until the record of ``step``, then leave; the records so far."""
    records = run.run(every=1)
    assert isinstance(records, Generator)
    seen = []
    for record in records:
        seen.append(record)
        if record.step == step:
            records.close()
    return seen
