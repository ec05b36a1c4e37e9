"""The layer that says theta, found by what it says: it needs no gradient to lead there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.health.rerun import Rerun
from stnviz.records import Array, Step


def predictor_of(rerun: Rerun, step: Step[Array]) -> str:
    """The dotted name of the module whose output is a step's theta; empty if there is none.

    Args:
        rerun: the model with the images of the trace.
        step: whose theta ``affine_grid`` was called with; a theta that was fitted is nobody's.
    """
    if step.call is None or step.call.theta_source != "predicted":
        return ""
    theta, found = torch.from_numpy(step.theta), []

    def compare(name: str, output: Any) -> None:
        if isinstance(output, Tensor) and output.numel() == theta.numel():
            said = output.detach().reshape(theta.shape).to("cpu", theta.dtype)
            if torch.allclose(said, theta, rtol=1e-4, atol=1e-5):
                found.append(name)

    with ExitStack() as stack:
        for name, module in rerun.model.named_modules():
            if isinstance(module, torch.jit.ScriptModule) or not _learns(module):
                continue
            hook = module.register_forward_hook(
                lambda _, __, output, name=name: compare(name, output)
            )
            stack.callback(hook.remove)
        rerun.repeat()
    return found[0] if found else ""


def _learns(module: nn.Module) -> bool:
    """Whether a module has parameters of its own."""
    return next(module.parameters(recurse=False), None) is not None
