"""A handful of clean digits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stnviz.data.digits import gallery


@pytest.fixture(scope="session")
def digits() -> Tensor:
    return torch.from_numpy(gallery().images[:24]).float()[:, None] / 255
