"""The error of a model on a test set that its seed fixes."""

from __future__ import annotations

import torch

from stnviz.data.digits import Digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.models import Model
from stnviz.records import Evaluation
from stnviz.training.batches import TEST_SEED, Batches
from stnviz.training.devices import autocast


def evaluate(
    model: Model,
    data: str,
    digits: Digits,
    *,
    seed: int = TEST_SEED,
    precision: torch.dtype = torch.float32,
) -> Evaluation:
    """Classify every digit once under its distortion.

    Args:
        model: on its device.
        data: name of the distortion.
        digits: clean test digits.
        seed: fixes the distortions.
        precision: what the network computes in.
    """
    device = next(model.parameters()).device
    model.eval()
    wrong = 0
    with torch.inference_mode():
        for images, labels in Batches(digits, DISTORTIONS.get(data), device).once(seed):
            with autocast(device, precision):
                logits = model(images).logits
            wrong += int((logits.argmax(dim=1) != labels).sum())
    return Evaluation(wrong / len(digits), len(digits), data, digits.source)
