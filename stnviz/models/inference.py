"""Context manager that runs a model in evaluation and inference mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Switch ``model`` to evaluation mode without gradients; restore its mode afterwards.

    In training mode dropout would be active, and batch normalisation would update its statistics
    from images that are not training data.
    """
    mode = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(mode)
