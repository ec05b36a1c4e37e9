"""The losses of answers: one a picture, or one a window of it."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from stnviz.models import Output

SampleLosses = Callable[[Output, Tensor, float], Tensor]
"""From an output, labels and a smoothing to the losses: one a picture, or one a window of it."""


def cross_entropy(
    logits: Float[Tensor, "b k"], labels: Int[Tensor, " b"], smoothing: float
) -> Float[Tensor, " b"]:
    """The loss of each answer."""
    return F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")


def classification_losses(output: Output, labels: Tensor, smoothing: float) -> Float[Tensor, " b"]:
    """The losses where a picture has one answer."""
    return cross_entropy(output.logits, labels, smoothing)
