"""Evaluate the error of a model on a test set that is fixed by its seed."""

from __future__ import annotations

import torch

from stnviz.data.image_source import TEST_SEED, ImageSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.models import Model
from stnviz.models.inference import evaluation_mode
from stnviz.records import Evaluation
from stnviz.training.devices import autocast


def evaluate(
    model: Model,
    data: str,
    pictures: ImageSource,
    *,
    seed: int = TEST_SEED,
    precision: torch.dtype = torch.float32,
) -> Evaluation:
    """Compute the error of a model over all images, each seen once.

    Args:
        model: on its device.
        data: name of the experiment, which defines what counts as an error.
        pictures: images of that experiment.
        seed: seed of the distortions.
        precision: dtype of the forward pass.
    """
    device, experiment = next(model.parameters()).device, EXPERIMENTS.get(data)
    wrong = 0
    with evaluation_mode(model):
        for images, labels in pictures.once(seed):
            with autocast(device, precision):
                logits = model(images).logits
            wrong += int(experiment.errors(logits, labels).sum())
    return Evaluation(wrong / len(pictures), len(pictures), data, pictures.source)
