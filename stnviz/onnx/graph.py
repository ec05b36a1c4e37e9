"""What is recorded as an ONNX graph: a module with named inputs and outputs, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.models.inference import evaluation_mode

FORMAT = "stnviz-onnx-1"

CONVENTION = (
    "theta maps output to input; points are (x, y), x to the right and y down; -1 and 1 are the "
    "edges of the image (align_corners=False); angles are in radians."
)


@dataclass(frozen=True)
class Graph:
    """A module to be recorded.

    Args:
        module: takes the inputs in order and returns named tensors.
        inputs: an example of each input, by name.
        ranges: what each input is: its range, unit or order.
        any_batch: whether the first axis of all inputs and outputs may have any length; if not,
            every input is of one image.
        about: entries of the file's metadata, as JSON values.
    """

    module: nn.Module
    inputs: Mapping[str, Tensor]
    ranges: Mapping[str, str]
    any_batch: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    def run(self, inputs: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """The module's outputs in torch, for other inputs than the examples if any are given."""
        given = self.inputs if inputs is None else inputs
        with evaluation_mode(self.module), torch.inference_mode():
            found: dict[str, Tensor] = self.module(*given.values())
        return found
