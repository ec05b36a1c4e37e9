"""TensorBoard events of a watched training: curves of theta, and pictures with their windows."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

from stnviz.records.trace import Array, Step, Trace
from stnviz.records.windows import letter_of, warps_of
from stnviz.watching.statistics import measure_step

logger = logging.getLogger("stnviz.watch")

PICTURES = 8
"""Images that are shown at each step."""


class WatchEvents:
    """Writes scalars and pictures for ``tensorboard --logdir``.

    Does nothing where the tensorboard package is not installed, but for one sentence in the log.

    Args:
        folder: folder of the traces.
        done: steps that the training has done; later entries of an earlier process are purged.
    """

    def __init__(self, folder: Path, done: int = 0) -> None:
        self.writer: Any = None
        self.before: dict[tuple[int, int], Step[Array]] = {}
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            logger.info(
                "There will be no TensorBoard curves and pictures: pip install tensorboard to have "
                "them."
            )
            return
        self.writer = SummaryWriter(str(folder), purge_step=done + 1 if done else None)

    def record(self, step: int, trace: Trace) -> None:
        """Write the scalars and pictures of one trace."""
        if self.writer is None:
            return
        for one in warps_of(trace):
            for name, value in measure_step(one, self.before.get((one.tick, one.lane))).items():
                if math.isfinite(value):
                    self.writer.add_scalar(f"{letter_of(one)}/{name}", value, step)
            self.before[one.tick, one.lane] = one
        if trace.images.ndim == 4:
            from stnviz.plots.window_pictures import window_sheet

            self.writer.add_image("windows", window_sheet(trace, PICTURES), step, dataformats="HWC")
        self.writer.flush()

    def close(self) -> None:
        """Close the event file."""
        if self.writer is not None:
            self.writer.close()
