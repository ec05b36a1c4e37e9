"""Comparison of two networks: images that only one classifies correctly, and class means."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stnviz.models import Model
from stnviz.records import Array, ComparedImages, Disagreement
from stnviz.transforms import create_transform
from stnviz.transforms.thin_plate_spline import control_points

Batch = tuple[Tensor, Tensor]


def find_disagreements(
    ours: Model, rival: Model, batches: Iterable[Batch], lattice: int, most: int = 12
) -> Disagreement:
    """Compare a network with a transformer with another network.

    Args:
        ours: network with a transformer; only its first step is used.
        rival: any network for images of the same size.
        batches: images and labels.
        lattice: L, lattice points along each side of a window.
        most: images of each kind to keep.
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
            lattices = transform.points(step.theta, points)
            read = F.avg_pool2d(step.output, getattr(ours.config, "pool", 1))
            answers = torch.stack([output.logits.argmax(dim=1), other.logits.argmax(dim=1)], dim=1)
        parts = _bytes(images), labels, lattices, _bytes(read), answers
        rows.append(tuple(part.cpu().numpy() for part in parts))
    everything = ComparedImages(*(np.concatenate(part) for part in zip(*rows, strict=True)))
    right = everything.answers == everything.labels[:, None]
    ours_only, rival_only = right[:, 0] & ~right[:, 1], right[:, 1] & ~right[:, 0]
    before, spread_before = _means(everything.images, everything.labels)
    after, spread_after = _means(everything.outputs, everything.labels)
    return Disagreement(
        everything.where(ours_only, most),
        everything.where(rival_only, most),
        (int(ours_only.sum()), int(rival_only.sum())),
        len(right),
        before, after, (spread_before, spread_after),
    )  # fmt: skip


def _bytes(images: Tensor) -> Tensor:
    return (images[:, 0].clamp(0, 1) * 255).round().to(torch.uint8)


def _means(images: Array, labels: Array) -> tuple[NDArray[np.uint8], float]:
    """The mean image of each class, and the share of the variance that lies within classes."""
    classes = [images[labels == label] / 255 for label in range(10)]
    means = np.stack([pictures.mean(axis=0) for pictures in classes])
    within = sum(float(pictures.var(axis=0).mean()) * len(pictures) for pictures in classes)
    variance = float((images / 255).var(axis=0).mean()) * len(images)
    return np.rint(means * 255).astype(np.uint8), within / variance if variance else 1.0
