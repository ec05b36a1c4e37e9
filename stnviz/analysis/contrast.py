"""Two networks on the same pictures: where only one is right, and what a class looks like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stnviz.models import Model
from stnviz.records import Array
from stnviz.transforms import create_transform
from stnviz.transforms.thin_plate_spline import control_points

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Pictures:
    """Pictures that a transformer looked at.

    Args:
        images: (N, H, W) uint8.
        labels: (N,) what they show.
        lattices: (N, L * L, 2) where a regular lattice of the output looked.
        outputs: (N, h, w) uint8 what was read.
        said: (N, 2) answers of the transformer's network and of its rival.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    lattices: NDArray[np.float32]
    outputs: NDArray[np.uint8]
    said: NDArray[np.int64]

    def where(self, which: NDArray[np.bool_], most: int) -> Pictures:
        """The first ``most`` of those that are marked."""
        places = np.flatnonzero(which)[:most]
        return Pictures(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Contrast:
    """What two networks make of the same pictures.

    Args:
        only_ours: pictures that the transformer's network alone gets right.
        only_rival: pictures that its rival alone gets right.
        counts: of both, in the whole set.
        seen: pictures in the whole set.
        before: (10, H, W) uint8, the mean picture of each class.
        after: (10, h, w) uint8, the mean of what the transformer reads of it.
        spread: share of the pixels' variance that lies within the classes, before and after:
            the smaller, the more alike the pictures of a class lie. A share, because zooming in
            or looking at empty ground changes the variance itself.
    """

    only_ours: Pictures
    only_rival: Pictures
    counts: tuple[int, int]
    seen: int
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    spread: tuple[float, float]


def contrast(
    ours: Model, rival: Model, batches: Iterable[Batch], lattice: int, most: int = 12
) -> Contrast:
    """Hold a network with a transformer against another one.

    Args:
        ours: its first step is looked at.
        rival: any network for pictures of the same size.
        batches: pictures and labels.
        lattice: L, points along each side.
        most: pictures of each kind to keep.
    """
    rows: list[tuple[Array, ...]] = []
    for images, labels in batches:
        with torch.inference_mode():
            output, other = ours(images), rival(images)
            (step, *_) = output.steps
            transform = create_transform(
                step.transform, **getattr(ours.config, "transform_options", {})
            )
            points = control_points(lattice).expand(len(images), -1, 2)
            looks = transform.points(step.theta, points)
            read = F.avg_pool2d(step.output, getattr(ours.config, "pool", 1))
            said = torch.stack([output.logits.argmax(dim=1), other.logits.argmax(dim=1)], dim=1)
        parts = _bytes(images), labels, looks, _bytes(read), said
        rows.append(tuple(part.cpu().numpy() for part in parts))
    everything = Pictures(*(np.concatenate(part) for part in zip(*rows, strict=True)))
    right = everything.said == everything.labels[:, None]
    ours_only, rival_only = right[:, 0] & ~right[:, 1], right[:, 1] & ~right[:, 0]
    before, spread_before = _means(everything.images, everything.labels)
    after, spread_after = _means(everything.outputs, everything.labels)
    return Contrast(
        everything.where(ours_only, most),
        everything.where(rival_only, most),
        (int(ours_only.sum()), int(rival_only.sum())),
        len(right),
        before, after, (spread_before, spread_after),
    )  # fmt: skip


def _bytes(images: Tensor) -> Tensor:
    return (images[:, 0].clamp(0, 1) * 255).round().to(torch.uint8)


def _means(images: Array, labels: Array) -> tuple[NDArray[np.uint8], float]:
    """The mean picture of each class, and which share of the variance lies within classes."""
    classes = [images[labels == label] / 255 for label in range(10)]
    means = np.stack([pictures.mean(axis=0) for pictures in classes])
    within = sum(float(pictures.var(axis=0).mean()) * len(pictures) for pictures in classes)
    whole = float((images / 255).var(axis=0).mean()) * len(images)
    return np.rint(means * 255).astype(np.uint8), within / whole if whole else 1.0
