"""Predictions and windows of a network on a whole test set, and their file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stnviz.records.arrays import Arrays, load_arrays, save_arrays

PREDICTIONS_FORMAT, OLD_FORMAT = "stnviz-predictions-1", "stnviz-survey-1"


@dataclass(frozen=True)
class Predictions:
    """Predictions and windows for each image, in the order of the test set.

    Args:
        labels: (N, ...) true labels.
        answers: (N, ...) predictions.
        wrong: (N,) which predictions count as wrong.
        corners: (N, lanes, 4, 2) corners of each transformer's window in the image: top left, top
            right, bottom right, bottom left, as (x, y) in [-1, 1].
        source: where the images come from.
    """

    labels: NDArray[np.int64]
    answers: NDArray[np.int64]
    wrong: NDArray[np.bool_]
    corners: NDArray[np.float32]
    source: str

    def __len__(self) -> int:
        return len(self.wrong)

    def save(self, path: Path) -> None:
        """Write a safetensors file; corners in half precision, as they are only displayed."""
        arrays: Arrays = {
            "labels": self.labels.astype(np.uint8),
            "answers": self.answers.astype(np.uint8),
            "wrong": self.wrong.astype(np.uint8),
            "corners": self.corners.astype(np.float16),
        }
        save_arrays(path, arrays, {"format": PREDICTIONS_FORMAT, "source": self.source})

    @classmethod
    def load(cls, path: Path) -> Predictions:
        """Read predictions written by :meth:`save`.

        Raises:
            ValueError: the file is damaged or of another format; the message says which.
        """
        meta, arrays = load_arrays(path, "file of predictions", PREDICTIONS_FORMAT, OLD_FORMAT)
        try:
            count = len(arrays["wrong"])
            if any(len(arrays[n]) != count for n in ("labels", "answers", "corners")) or (
                arrays["corners"].ndim != 4 or arrays["corners"].shape[2:] != (4, 2)
            ):
                raise ValueError("its arrays do not go together")
            return cls(
                arrays["labels"].astype(np.int64),
                arrays["answers"].astype(np.int64),
                arrays["wrong"].astype(bool),
                arrays["corners"].astype(np.float32),
                meta["source"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no whole file of predictions ({error}).") from error
