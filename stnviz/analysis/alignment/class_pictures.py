"""Mean and variance image of each class, before and after a transformer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stnviz.records.alignment import ClassPictures
from stnviz.records.trace import Array, Trace


def class_pictures(trace: Trace, labels: Sequence[int] | Array, lane: int = 0) -> ClassPictures:
    """Compare what the images of each class have in common before and after a transformer.

    Args:
        trace: of images of several classes, several of each.
        labels: (B,) their classes.
        lane: of the transformer; its last step counts.

    Raises:
        ValueError: there is no such transformer, or not one label for each image.
    """
    of_images = np.asarray(labels)
    if of_images.shape != (len(trace),):
        raise ValueError(
            f"Labels of shape {of_images.shape} do not fit {len(trace)} images: give one for each."
        )
    steps = [step for step in trace.steps if step.lane == lane and step.kind == "warp"]
    if not steps:
        there = sorted({step.lane for step in trace.steps if step.kind == "warp"})
        raise ValueError(
            f"The trace has no transformer in lane {lane}: choose one of "
            f"{', '.join(map(str, there)) or 'another trace'}."
        )
    after = max(steps, key=lambda step: step.tick).output
    classes = np.unique(of_images)
    groups = [of_images == one for one in classes]

    def over(images: Array, reduce: str) -> Array:
        return np.stack([getattr(images[group], reduce)(axis=0) for group in groups])

    return ClassPictures(
        classes, np.array([group.sum() for group in groups]),
        over(trace.images, "mean"), over(after, "mean"),
        over(trace.images, "var"), over(after, "var"),
    )  # fmt: skip
