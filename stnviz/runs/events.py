"""TensorBoard event files of a run: curves and images of the probe."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from stnviz.compositing import LAYERS, lay_on, read_on
from stnviz.coordinates import sample
from stnviz.models import Model
from stnviz.models.inference import evaluation_mode
from stnviz.records import Array, History, StepMetrics


class Events:
    """Writes scalars and probe images for ``tensorboard --logdir``.

    Does nothing where the tensorboard package is not installed.

    Args:
        folder: folder of the run.
        done: steps that the run has done; later entries of an earlier process are purged.
    """

    def __init__(self, folder: Path, done: int = 0) -> None:
        self.writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        self.writer = SummaryWriter(str(folder), purge_step=done + 1)

    def record(self, record: StepMetrics, history: History, model: Model) -> None:
        """Write the scalars of a record, and the probe images if it has a snapshot."""
        if self.writer is None:
            return
        scalars = {"loss": record.loss, "error/train": record.error, "rate": record.learning_rate}
        if record.snapshot:
            scalars["error/validation"] = record.snapshot.validation
        for name, value in scalars.items():
            if math.isfinite(value):
                self.writer.add_scalar(name, value, record.step)
        if record.snapshot and record.snapshot.thetas:
            self.writer.add_images("probe", _pictures(history, model), record.step)
        self.writer.flush()

    def close(self) -> None:
        """Close the event file."""
        if self.writer is not None:
            self.writer.close()


def _pictures(history: History, model: Model) -> Array:
    """(B, C, H, W): each probe image above the outputs of the first step's transformers.

    For inputs of two layers (background and foreground), each composite at the start is above the
    composite after the last step. A volume is shown as the brightest voxels along its depth.
    """
    images = torch.from_numpy(history.images).float() / 255
    size = (images.shape[-2], images.shape[-1])
    device = next(model.parameters()).device
    with evaluation_mode(model):
        steps = model(images.to(device)).steps
        layered = images.shape[1] == LAYERS
        chosen = steps[-1:] if layered else [step for step in steps if step.tick == 0]
        sample_step = read_on if layered else sample
        reads = [sample_step(images, step.grid.float().cpu()) for step in chosen]
        if images.ndim == 5:
            images, *reads = (volume.amax(dim=2) for volume in (images, *reads))
        if layered:
            images = lay_on(images[:, :3], images[:, 3:])
    seen = torch.cat([images, *(F.interpolate(read, size) for read in reads)], dim=2)
    if seen.shape[1] == 2:  # TensorBoard takes one or three channels
        seen = torch.cat([seen, torch.zeros_like(seen[:, :1])], dim=1)
    pictures: Array = seen.clamp(0, 1).numpy()
    return pictures
