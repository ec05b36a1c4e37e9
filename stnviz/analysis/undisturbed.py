"""Look into a model in the middle of its training without any effect on that training."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Restore all that a forward pass may change: random states and the model's buffers.

    The random states are those of PyTorch on the CPU and on the model's CUDA devices, of Python and
    of NumPy. Whoever uses this also puts the model into eval mode.
    """
    devices = {one.device for one in model.parameters() if one.device.type == "cuda"}
    buffers = [
        (module, name, buffer, buffer.detach().clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[device.index for device in devices]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
            for module, name, buffer, value in buffers:
                module._buffers[name] = buffer
                if not torch.equal(buffer, value):  # a write would upset a pending backward pass
                    with torch.no_grad():
                        buffer.copy_(value)
