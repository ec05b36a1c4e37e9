"""Asking a network without teaching it anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Have ``model`` answer, and learn nothing from it; it comes back in the mode it was in.

    In training mode dropout would be at work, and batch normalisation would learn from pictures
    that are only looked at.
    """
    mode = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(mode)
