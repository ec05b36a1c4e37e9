"""Run a model on images and record the steps of its transformers as a Trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from stnviz.models import Model
from stnviz.records import Array, Trace
from stnviz.shapes import Float


def inspect(
    model: Model, images: Float[Tensor, "b c h w"], provenance: Mapping[str, Any] | None = None
) -> Trace:
    """Run ``model`` on ``images`` and record every step, without hooks or changes to the model.

    Args:
        model: on its device, in eval mode.
        images: in [0, 1], of the model's input size.
        provenance: stored in the trace unchanged.

    Raises:
        ValueError: the images do not have the model's input size.
    """
    size = (images.shape[-2], images.shape[-1])
    if size != tuple(model.config.input_size):
        wanted = " x ".join(map(str, model.config.input_size))
        raise ValueError(f"The model takes pictures of {wanted} pixels, not {size[0]} x {size[1]}.")
    device = next(model.parameters()).device
    with torch.inference_mode():
        output = model(images.to(device))
        probabilities = output.logits.softmax(dim=-1)
    return Trace(
        _array(images),
        tuple(step.map(_array) for step in output.steps),
        _array(probabilities),
        provenance or {},
    )


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy()
    return array
