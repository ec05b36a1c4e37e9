"""Comparing what a graph and torch say."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stnviz.onnx.compare import differences
from stnviz.onnx.graph import Graph
from stnviz.records import Array


class Echo(nn.Module):
    def forward(self, given: Tensor) -> dict[str, Tensor]:
        return {"said": given}


class Says:
    """A runner that says this, whatever it is asked."""

    def __init__(self, *said: float) -> None:
        self.said = np.array(said, np.float32)

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Array]:
        return {"said": self.said}


@pytest.mark.feature
@pytest.mark.parametrize(
    ("wanted", "found", "apart"),
    [
        ((0.5, 1.0), (0.5, 0.9), 0.1),
        ((1000.0,), (1001.0,), 0.001),
        ((math.nan, 0.5), (math.nan, 0.5), 0.0),
        ((0.5,), (math.nan,), math.inf),
        ((math.nan,), (0.5,), math.inf),
        ((0.5,), (0.5, 0.5), math.inf),
    ],
)
def test_a_difference_is_relative_to_large_numbers_and_infinite_where_one_is_none(
    wanted: tuple[float, ...], found: tuple[float, ...], apart: float
) -> None:
    graph = Graph(Echo(), {"given": torch.tensor(wanted)}, {})
    assert differences(graph, Says(*found))["said"] == pytest.approx(apart, abs=1e-6)  # type: ignore[arg-type]
