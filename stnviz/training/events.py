"""TensorBoard's event files, next to the run: curves and pictures of the probe."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch

from stnviz.models import Model
from stnviz.records import Array, History, TrainingRecord


class Events:
    """Writes scalars and probe pictures where ``tensorboard --logdir`` finds them.

    Does nothing where the tensorboard package is not installed.

    Args:
        folder: of the run.
        done: steps that the run has done; what an earlier process wrote beyond is struck out.
    """

    def __init__(self, folder: Path, done: int = 0) -> None:
        self.writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        self.writer = SummaryWriter(str(folder), purge_step=done + 1)

    def record(self, record: TrainingRecord, history: History, model: Model) -> None:
        """Enter a record, and the probe where it has a moment."""
        if self.writer is None:
            return
        scalars = {"loss": record.loss, "error/train": record.error, "rate": record.rate}
        if record.moment:
            scalars["error/validation"] = record.moment.validation
        for name, value in scalars.items():
            if math.isfinite(value):
                self.writer.add_scalar(name, value, record.step)
        if record.moment and record.moment.thetas:
            self.writer.add_images("probe", _pictures(history, model), record.step)
        self.writer.flush()

    def close(self) -> None:
        """Finish the file."""
        if self.writer is not None:
            self.writer.close()


def _pictures(history: History, model: Model) -> Array:
    """(B, 1, H, W): each picture of the probe above what its first transformer reads there."""
    images = torch.from_numpy(history.images).float() / 255
    device = next(model.parameters()).device
    with torch.inference_mode():
        step = model(images.to(device)).steps[0]
        size = (images.shape[-2], images.shape[-1])
        seen = torch.nn.functional.interpolate(step.output.float().cpu(), size)
    pictures: Array = torch.cat([images, seen], dim=2).clamp(0, 1).numpy()
    return pictures
