"""Comparing a recorded graph with torch, by running it in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from stnviz.onnx.export import require
from stnviz.onnx.graph import Graph
from stnviz.records import Array

TOLERANCE = 1e-4
"""Largest difference between a graph and torch, in every output; relative to numbers above 1."""


class GraphRunner:
    """Runs an ONNX graph on one thread.

    Args:
        model: path of a file, or its bytes.

    Raises:
        ResourceNotFound: onnxruntime is not installed.
    """

    def __init__(self, model: Path | bytes) -> None:
        require("onnxruntime")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        source: Any = model if isinstance(model, bytes) else str(model)
        self.session = onnxruntime.InferenceSession(
            source, options, providers=["CPUExecutionProvider"]
        )
        self.outputs = [one.name for one in self.session.get_outputs()]

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Array]:
        """All outputs by name. Inputs that the graph does not use are left out."""
        taken = {one.name for one in self.session.get_inputs()}
        feed = {name: value.numpy() for name, value in inputs.items() if name in taken}
        return dict(zip(self.outputs, self.session.run(None, feed), strict=True))


def differences(
    graph: Graph, runner: GraphRunner, inputs: Mapping[str, Tensor] | None = None
) -> dict[str, float]:
    """The largest difference in each output between a file and torch.

    It is absolute for numbers up to 1 and relative for larger ones, such as a point that lies a
    thousand images away. It is infinite where the shapes differ, or where only one of the two is
    finite.

    Args:
        graph: in torch.
        runner: of the recorded graph.
        inputs: of both; the graph's examples by default.
    """
    given = dict(graph.inputs if inputs is None else inputs)
    wanted, found = graph.run(given), runner.run(given)
    return {name: _apart(value.numpy(), found[name]) for name, value in wanted.items()}


def _apart(wanted: Array, found: Array) -> float:
    if wanted.shape != found.shape:
        return float("inf")
    sound = np.isfinite(wanted)
    if not np.array_equal(sound, np.isfinite(found)):
        return float("inf")
    wanted, found = wanted[sound], found[sound]
    return float((np.abs(wanted - found) / np.maximum(1.0, np.abs(wanted))).max(initial=0.0))
