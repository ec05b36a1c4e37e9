"""The probe: a few fixed images on which a run takes snapshots of the model while it trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from stnviz.data.image_source import PROBED, ImageSource
from stnviz.models import Model, Output
from stnviz.models.inference import evaluation_mode
from stnviz.records import History, Snapshot, Step
from stnviz.shapes import Float, Shaped
from stnviz.training.evaluate import evaluate

SNAPSHOTS, FEWEST, STEPS_PER_SNAPSHOT = 64, 12, 25
PROBE_SEED = 1_506_02025
"""Seed of the distortions of the probe images; the arXiv number of Jaderberg et al. 2015."""


def snapshot_steps(steps: int) -> frozenset[int]:
    """The steps at which a run of ``steps`` takes a snapshot, including 0 and the last step.

    They lie on a parabola: close together at the start, where a transformer changes most. A
    short run has fewer snapshots, so that they stay a small part of the work.
    """
    count = min(SNAPSHOTS, FEWEST + steps // STEPS_PER_SNAPSHOT)
    return frozenset(round(steps * (index / (count - 1)) ** 2) for index in range(count))


@dataclass(frozen=True)
class Probe:
    """Fixed probe images, and the images for the validation error.

    Args:
        images: (B, C, H, W), or (B, C, D, H, W) volumes, in [0, 1]; multiples of 1/255, so that
            uint8 stores them exactly.
        labels: (B, ...).
        validation: validation images.
        data: name of the experiment.
    """

    images: Float[Tensor, "b c *size"]
    labels: Shaped[Tensor, "b ..."]
    validation: ImageSource
    data: str

    @classmethod
    def of(cls, few: ImageSource, validation: ImageSource, data: str) -> Probe:
        """Create a probe of the first images of ``few``."""
        batches = zip(*few.once(PROBE_SEED), strict=True)
        images, labels = (torch.cat(part)[:PROBED] for part in batches)
        return cls((images * 255).round() / 255, labels, validation, data)

    def empty(self) -> History:
        """A history without snapshots."""
        images = (self.images * 255).round().to(torch.uint8).cpu().numpy()
        kind = torch.float32 if self.labels.is_floating_point() else torch.uint8
        return History(images, self.labels.to(kind).cpu().numpy())

    def snapshot(
        self,
        model: Model,
        step: int,
        loss: float,
        error: float,
        precision: torch.dtype = torch.float32,
    ) -> tuple[Snapshot, tuple[Step[Tensor], ...]]:
        """Record thetas and predictions of ``model`` on the probe; its mode is restored afterwards.

        The probe is evaluated in float32; only the validation error uses ``precision``.
        """
        with evaluation_mode(model):
            output: Output = model(self.images)
        validation = evaluate(model, self.data, self.validation, precision=precision).error
        snapshot = Snapshot(
            step, loss, error, validation,
            tuple(step_.theta.float().cpu().numpy() for step_ in output.steps),
            output.logits.softmax(dim=-1).cpu().numpy().astype(np.float32),
            tuple(0 if model.multi_step else step_.tick for step_ in output.steps),
        )  # fmt: skip
        return snapshot, output.steps
