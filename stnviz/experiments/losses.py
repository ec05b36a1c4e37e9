"""Classification losses, one for each image or for each window of an image."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from stnviz.models import Output
from stnviz.shapes import Float, Int

SampleLosses = Callable[[Output, Tensor, float], Tensor]
"""From output, labels and label smoothing to losses, one for each image or for each window."""


def cross_entropy(
    logits: Float[Tensor, "b k"], labels: Int[Tensor, " b"], smoothing: float
) -> Float[Tensor, " b"]:
    """The cross-entropy of each prediction."""
    return F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")


def classification_losses(output: Output, labels: Tensor, smoothing: float) -> Float[Tensor, " b"]:
    """The cross-entropy of each image, for networks with one prediction per image."""
    return cross_entropy(output.logits, labels, smoothing)
