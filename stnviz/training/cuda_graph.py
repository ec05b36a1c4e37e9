"""Capture a training step as one CUDA graph.

The speed of small networks on a GPU is limited by kernel launches, not by the kernels. A graph
records the launches once and then replays them together.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP = 3
"""Steps that run normally first: in them libraries choose algorithms and allocate memory."""

Update = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Maps images and labels to loss and number of wrong predictions, and updates the weights."""


class CapturedUpdate:
    """``update``, captured after a few steps and replayed from then on.

    Every call is one training step: warm-up steps train as well, and capturing runs nothing.
    The optimiser must be capturable and its learning rates must be tensors, because a graph reads
    values from fixed memory addresses and not from Python.

    Args:
        update: takes CUDA tensors of the same shapes each time.
    """

    def __init__(self, update: Update) -> None:
        self.update, self.seen = update, 0
        self.stream = torch.cuda.Stream()
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: tuple[Tensor, Tensor] | None = None
        self.outputs: tuple[Tensor, Tensor] | None = None

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Run one training step."""
        if self.seen < WARM_UP:
            self.seen += 1
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                result = self.update(images, labels)
            torch.cuda.current_stream().wait_stream(self.stream)
            return result
        if self.graph is None or self.inputs is None or self.outputs is None:
            self.inputs = images.clone(), labels.clone()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, stream=self.stream):
                self.outputs = self.update(*self.inputs)
        self.inputs[0].copy_(images)
        self.inputs[1].copy_(labels)
        self.graph.replay()
        loss, wrong = self.outputs
        return loss.clone(), wrong.clone()
