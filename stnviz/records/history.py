"""The history of a training run: snapshots of theta and predictions on a few fixed images.

The images are the *probe*. In each snapshot, a run records the theta of every transformer and the
network's predictions on them, so that the training of a transformer can be replayed from one small
file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stnviz.records.arrays import Arrays, load_arrays, save_arrays

HISTORY_FORMAT = "stnviz-history-2"

MAX_VALUES = 2**26
"""Maximum number of values in all images of a probe together."""


@dataclass(frozen=True)
class Snapshot:
    """The state of the probe at one step of a run.

    Args:
        step: optimiser steps done.
        loss: mean training loss since the previous snapshot.
        error: training error since the previous snapshot, in [0, 1].
        validation: error on validation images, in [0, 1].
        thetas: (B, P) theta of each transformer, in order of (tick, lane).
        probabilities: (B, ..., K) predictions.
        ticks: step index of each transformer: 0 if it samples the image, 1 if it samples the output
            of a first one.
    """

    step: int
    loss: float
    error: float
    validation: float
    thetas: tuple[NDArray[np.float32], ...]
    probabilities: NDArray[np.float32]
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class History:
    """The probe and its snapshots.

    Args:
        images: (B, C, H, W) uint8, the probe images; (B, C, D, H, W) if they are volumes.
        labels: (B, ...) uint8 classes, or float32 positions where a position is predicted.
        snapshots: snapshots in order of their steps.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8] | NDArray[np.float32]
    snapshots: tuple[Snapshot, ...] = ()

    def __len__(self) -> int:
        return len(self.snapshots)

    def add(self, snapshot: Snapshot) -> History:
        """This history with one more snapshot."""
        return replace(self, snapshots=(*self.snapshots, snapshot))

    def until(self, step: int) -> History:
        """This history up to ``step``, for a run that is resumed there."""
        return replace(self, snapshots=tuple(m for m in self.snapshots if m.step <= step))

    def save(self, path: Path) -> None:
        """Write a safetensors file with the arrays stacked over the snapshots.

        Images are stored as one PNG. Thetas keep their precision; probabilities are stored in
        half precision, because they are only displayed.
        """
        ticks = self.snapshots[0].ticks if self.snapshots else ()
        arrays: Arrays = {
            "images": _as_png(self.images),
            "labels": self.labels,
            "step": np.array([m.step for m in self.snapshots], np.int64),
            "probabilities": np.array([m.probabilities for m in self.snapshots], np.float16),
            **{
                name: np.array([getattr(m, name) for m in self.snapshots], np.float32)
                for name in ("loss", "error", "validation")
            },
            **{
                f"theta.{index}": np.array([m.thetas[index] for m in self.snapshots], np.float32)
                for index in range(len(ticks))
            },
        }
        meta = {
            "format": HISTORY_FORMAT,
            "transformers": str(len(ticks)),
            "ticks": " ".join(map(str, ticks)),
            "shape": " ".join(map(str, self.images.shape)),
        }
        save_arrays(path, arrays, meta)

    @classmethod
    def load(cls, path: Path) -> History:
        """Read a history written by :meth:`save`.

        Raises:
            ValueError: the file is damaged or of another format; the message says which.
        """
        from PIL import Image

        meta, arrays = load_arrays(path, "history", HISTORY_FORMAT)
        try:
            return cls._unpack(meta, arrays)
        except (
            KeyError, ValueError, IndexError, OSError, SyntaxError, Image.DecompressionBombError
        ) as error:  # fmt: skip
            raise ValueError(f"{path} is not a whole history ({error}).") from error

    @classmethod
    def _unpack(cls, meta: dict[str, str], arrays: Arrays) -> History:
        ticks = tuple(map(int, meta["ticks"].split()))
        if int(meta["transformers"]) != len(ticks):
            raise ValueError("its transformers are not counted right")
        shape = tuple(map(int, meta["shape"].split()))
        thetas = [arrays[f"theta.{index}"] for index in range(len(ticks))]
        _check(arrays, thetas, shape)
        snapshots = tuple(
            Snapshot(
                int(step),
                float(arrays["loss"][at]),
                float(arrays["error"][at]),
                float(arrays["validation"][at]),
                tuple(theta[at] for theta in thetas),
                arrays["probabilities"][at].astype(np.float32),
                ticks,
            )
            for at, step in enumerate(arrays["step"])
        )
        images = _from_png(arrays["images"], shape)
        return cls(images, arrays["labels"], snapshots)


def _check(arrays: Arrays, thetas: Sequence[NDArray[Any]], shape: tuple[int, ...]) -> None:
    """Raise a ValueError where the arrays do not belong to one probe and its snapshots."""
    if len(shape) not in (4, 5) or min(shape) < 1 or prod(shape) > MAX_VALUES:
        raise ValueError(f"its pictures are said to be of the shape {shape}")
    steps, labels, probabilities = arrays["step"], arrays["labels"], arrays["probabilities"]
    count, pictures = len(steps), shape[0]
    sound = (
        steps.shape == (count,)
        and steps.dtype == np.int64
        and bool((steps >= 0).all() and (np.diff(steps) >= 0).all())
        and labels.ndim >= 1
        and len(labels) == pictures
        and labels.dtype in (np.uint8, np.float32)
        and probabilities.dtype == np.float16
        and (
            not count or (probabilities.ndim >= 3 and probabilities.shape[:2] == (count, pictures))
        )
        and all(
            theta.dtype == np.float32 and theta.ndim == 3 and theta.shape[:2] == (count, pictures)
            for theta in thetas
        )
        and all(
            arrays[name].dtype == np.float32 and arrays[name].shape == (count,)
            for name in ("loss", "error", "validation")
        )
    )
    if not sound:
        raise ValueError("its arrays do not go together")


def _as_png(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode all images below one another as one PNG; channels too, unless they are RGB.

    The slices of a volume are below one another as well.
    """
    from PIL import Image

    width = images.shape[-1]
    tall: NDArray[np.uint8] = images.reshape(-1, width)
    if _is_rgb(images.shape):
        tall = images.transpose(0, 2, 3, 1).reshape(-1, width, 3)
    file = BytesIO()
    Image.fromarray(tall).save(file, "PNG", optimize=True)
    return np.frombuffer(file.getvalue(), np.uint8)


def _from_png(packed: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Decode the images from :func:`_as_png`."""
    from PIL import Image

    width, rgb = shape[-1], _is_rgb(shape)
    tall_size = (width, prod(shape[:-1]) // (3 if rgb else 1))
    with Image.open(BytesIO(packed.tobytes()), formats=("PNG",)) as file:
        if file.size != tall_size:  # before the pixels are decoded
            raise ValueError(f"its pictures are {file.size[0]} x {file.size[1]} pixels")
        tall = np.asarray(file)
    if rgb:
        return tall.reshape(shape[0], *shape[2:], 3).transpose(0, 3, 1, 2).copy()
    return tall.reshape(shape).copy()


def _is_rgb(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[1] == 3
