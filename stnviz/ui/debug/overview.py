"""One transformer of a trace on all its images: numbers, thumbnails, and how to show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from stnviz.records import Step
from stnviz.records.trace import Array
from stnviz.ui.debug.display import Scale
from stnviz.ui.debug.lights import lights_of
from stnviz.ui.debug.model import Examined

MOST_IMAGES = 128
"""Images of a trace that are shown; a capture keeps 64 unless told otherwise."""

KEPT = 4
"""Transformers of a trace whose overviews are kept."""


@dataclass(frozen=True)
class Overview:
    """What is known of all images; it stays the same whichever of them is looked at.

    Args:
        step: of the transformer, on the images that are shown.
        images: as the model was given them.
        scales: how ``input`` and ``output`` of the step and the ``image`` become grey levels.
        head: JSON values.
        arrays: ``values`` (B, Q), and thumbnails (B, h, w, 3) as ``inputs`` and ``outputs``.
    """

    step: Step[Array]
    images: Array
    scales: Mapping[str, Scale]
    head: Mapping[str, Any]
    arrays: Mapping[str, Array]


def overview_of(one: Examined, lane: int | None, tick: int | None) -> Overview:
    """The overview of a transformer; computed when it is first asked for.

    Args:
        one: a trace.
        lane: of the transformer; None for the worst one.
        tick: of the transformer.
    """
    step = one.step(lane, tick)
    key = step.lane, step.tick
    if key not in one.overviews:
        while len(one.overviews) >= KEPT:
            del one.overviews[next(iter(one.overviews))]
        one.overviews[key] = _overview(one, step.map(lambda array: array[:MOST_IMAGES]))
    found: Overview = one.overviews[key]
    return found


def _overview(one: Examined, step: Step[Array]) -> Overview:
    from stnviz.analysis.step_quantities import step_quantities

    images, own = one.trace.images[:MOST_IMAGES], step.call is None
    scales = {
        "input": Scale.of(step.input, own=own),
        "output": Scale.of(step.output, own=own),
        "image": Scale.of(images, own=own),
    }
    quantities, values = step_quantities(step)
    head = {
        "key": one.key,
        "title": one.title,
        "count": len(images),
        "of": len(one.trace),
        "lane": step.lane,
        "tick": step.tick,
        "kind": step.kind,
        "volume": step.grid.ndim == 5,
        "labels": list(one.labels[: len(images)]),
        "notes": [*one.trace.notes, *one.report.notes],
        "quantities": [asdict(quantity) for quantity in quantities],
        "transformers": list(lights_of(one)),
    }
    arrays = {"values": values.astype(np.float32), **_thumbnails(step, images, scales)}
    return Overview(step, images, scales, head, arrays)


def _thumbnails(step: Step[Array], images: Array, scales: Mapping[str, Scale]) -> dict[str, Array]:
    """Small inputs, and outputs where these are pictures."""
    from stnviz.analysis.step_quantities import POINT_SETS

    shown = {"inputs": (step.input, scales["input"])}
    if not step.input.shape[1]:
        shown["inputs"] = images, scales["image"]
    if step.kind not in POINT_SETS:
        shown["outputs"] = step.output, scales["output"]
    return {
        name: np.stack([scale.thumbnail(_slice(image)) for image in array])
        for name, (array, scale) in shown.items()
        if array.shape[1]
    }


def _slice(image: Array) -> Array:
    """An image, or the middle slice of a volume."""
    return image if image.ndim == 3 else image[:, image.shape[1] // 2]
