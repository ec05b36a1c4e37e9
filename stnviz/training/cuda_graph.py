"""A training step as one CUDA graph.

Small networks on a GPU are bound by the launches of their kernels, not by the kernels. A
graph records them once and launches them together from then on.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP = 3
"""Steps that run as usual first: libraries choose their algorithms and allocate in them."""

Update = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Images and labels to loss and count of wrong answers, with the weights moved."""


class CapturedUpdate:
    """``update``, captured after a few steps and replayed from then on.

    Every step counts: those of the warm-up train as well, and capturing itself runs nothing.
    The optimiser must be capturable and its learning rates tensors, because a graph reads
    numbers from where they were and not from Python.

    Args:
        update: works on CUDA tensors of the same shapes each time.
    """

    def __init__(self, update: Update) -> None:
        self.update, self.seen = update, 0
        self.stream = torch.cuda.Stream()
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: tuple[Tensor, Tensor] | None = None
        self.outputs: tuple[Tensor, Tensor] | None = None

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """One step."""
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
