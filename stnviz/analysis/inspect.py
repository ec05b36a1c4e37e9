"""Run a model on images and return the steps of its transformers as a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.capture.capture import capture
from stnviz.models import Model
from stnviz.records import Array, Trace
from stnviz.shapes import Float


def inspect(
    model: nn.Module | str | Path,
    images: Float[Tensor, "b c *size"] | tuple[Any, ...],
    provenance: Mapping[str, Any] | None = None,
) -> Trace:
    """Run ``model`` on ``images`` once, in eval mode, and record what its transformers do.

    Networks of this package return their steps themselves; any other module is captured at its
    samplers (see :func:`stnviz.capture`) and is left as it was. An ONNX file with GridSample nodes
    is run by onnxruntime, or by the package onnx alone.

    Args:
        model: on its device, or the path of an ONNX file.
        images: as the model takes them, (B, C, H, W), or (B, C, D, H, W) for volumes; in [0, 1] for
            networks of this package. A tuple for a model that takes several inputs, such as a
            moving and a fixed image.
        provenance: stored in the trace.

    Raises:
        ValueError: the images do not have the model's input size, or the model calls no sampler.
        ModuleNotFoundError: the model is an ONNX file, and the package onnx is not installed.
    """
    inputs = images if isinstance(images, tuple) else (images,)
    if isinstance(model, nn.Module) and not isinstance(model, Model):
        return _inspect_foreign(model, inputs, provenance or {})
    (given,) = inputs
    if isinstance(model, str | Path):
        from stnviz.analysis.capture.onnx_file import inspect_onnx

        return inspect_onnx(model, given)
    size = (given.shape[-2], given.shape[-1])
    if size != tuple(model.config.input_size):
        wanted = " x ".join(map(str, model.config.input_size))
        raise ValueError(f"The model takes pictures of {wanted} pixels, not {size[0]} x {size[1]}.")
    with torch.inference_mode(), in_eval_mode(model):
        output = model(given.to(device_of(model)))
        probabilities = output.logits.softmax(dim=-1)
    return Trace(
        _array(given),
        tuple(step.map(_array) for step in output.steps),
        _array(probabilities),
        provenance or {},
    )


def _inspect_foreign(
    model: nn.Module, inputs: tuple[Any, ...], provenance: Mapping[str, Any]
) -> Trace:
    device = device_of(model)
    given = [_as_leaf(one, device) for one in inputs]
    count = max((len(one) for one in given if isinstance(one, Tensor) and one.ndim), default=1)
    with torch.enable_grad(), in_eval_mode(model):
        with capture(model, images=max(1, count)) as recording:
            recording.trainable = True
            model(*given)
        recording.provenance |= provenance
        return recording.trace


def _as_leaf(given: Any, device: torch.device) -> Any:
    """An input from which gradients are recorded.

    A grid that then requires none depends on neither the images nor the weights, as that of an
    augmentation. Cloned, because a model may write into its input, which a leaf does not allow.
    """
    if not isinstance(given, Tensor):
        return given
    moved = given.detach().to(device)
    return moved.requires_grad_().clone() if moved.is_floating_point() else moved


@contextmanager
def in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Evaluate, so that batch normalisation learns nothing; then restore every module's mode."""
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def device_of(model: nn.Module) -> torch.device:
    """The device of a model's first parameter or buffer; the CPU if it has none."""
    tensor = next(model.parameters(), next(model.buffers(), None))
    return torch.device("cpu") if tensor is None else tensor.device


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy()
    return array
