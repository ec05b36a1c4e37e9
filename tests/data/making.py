"""Values and generators that several tests of the data make."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.data.distort import by_name, neutral_values
from stnviz.data.distortions import Distortion


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def moved(distortion: Distortion, count: int, **values: float) -> Tensor:
    """Values at rest but for the named ones."""
    rows = neutral_values(distortion, count)
    for name, value in values.items():
        by_name(distortion, rows)[name].fill_(value)
    return rows
