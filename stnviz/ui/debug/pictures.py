"""One image of a step as arrays for the browser: what is read, where, how densely, how often."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from stnviz.analysis.sampling_maps import pixel_areas, pixel_positions, read_counts
from stnviz.analysis.step_quantities import MOST_THETA, POINT_SETS
from stnviz.records import Step
from stnviz.records.trace import Array
from stnviz.shapes import Float
from stnviz.ui.debug.display import MOST_DEPTH, MOST_SIDE, Scale, missing, stride

MOST_SAMPLES = 2**16
"""Sampled points of an image that are sent; of more queries, every k-th is."""

LINES = 24
"""Samples along each axis of a volume's grid that are sent."""

Arrays = dict[str, Array]


def picture_arrays(
    step: Step[Array], index: int, image: Array, scales: Mapping[str, Scale]
) -> tuple[dict[str, Any], Arrays]:
    """What the browser draws of one image.

    Args:
        step: of a trace.
        index: of the image.
        image: (C, ...) as the model was given it, for sampled points on an input that was not kept.
        scales: of the step's ``input`` and ``output``, and of the ``image``.

    Returns:
        Sizes, strides and captions, as JSON values; and the arrays.
    """
    size = step.input.shape[2:]
    is_corners = step.call is not None and step.call.align_corners
    head: dict[str, Any] = {
        "size": list(size),
        "out": list(step.grid.shape[1:-1]),
        "corners": is_corners,
        "padding": step.call.padding if step.call else "zeros",
        "limits": {name: list(scale.limits) for name, scale in scales.items()},
        "words": {
            "input": scales["input"].words(step.input.shape[1]),
            "output": scales["output"].words(step.output.shape[1]),
        },
        "theta": step.theta[index][:MOST_THETA].tolist(),
    }
    places = pixel_positions(step.grid[index], size, align_corners=is_corners)
    if len(size) == 3:
        return head, _volume(step, index, places, head, scales)
    arrays: Arrays = {}
    given = step.input[index]
    if len(given):
        arrays |= _shown("input", given, scales["input"])
    elif image.ndim == 3 and len(image):
        arrays |= _shown("input", image, scales["image"])
        head["limits"]["input"] = list(scales["image"].limits)
        head["words"]["input"] = "not kept; the model's image in its place"
    arrays["counts"] = _means(
        read_counts(places, (size[0], size[1]), padding=head["padding"], align_corners=is_corners)
    )
    if step.kind in POINT_SETS:
        return head, arrays | _points(step, index, places, head)
    if len(step.output[index]):
        arrays |= _shown("output", step.output[index], scales["output"])
    every = head["every"] = stride(places.shape[:-1], MOST_SIDE)
    arrays["reads"] = places[::every, ::every]
    arrays["areas"] = pixel_areas(places)[::every, ::every]
    return head, arrays


def _shown(name: str, array: Float[Array, "c h w"], scale: Scale) -> Arrays:
    """An image, and where it is missing."""
    arrays: Arrays = {name: scale.picture(array)}
    if (away := missing(array)) is not None:
        arrays[f"{name}_missing"] = away
    return arrays


def _means(counts: Float[Array, "h w"]) -> Float[Array, "h1 w1"]:
    """A map as means over square blocks, at most ``MOST_SIDE`` values along each side."""
    block = stride(counts.shape, MOST_SIDE)
    if block == 1:
        return counts
    margin = [(0, -side % block) for side in counts.shape]
    padded = np.pad(counts, margin, mode="edge")
    rows, columns = (side // block for side in padded.shape)
    means: Array = padded.reshape(rows, block, columns, block).mean(axis=(1, 3))
    return means.astype(np.float32)


def _points(
    step: Step[Array], index: int, places: Float[Array, "q p 2"], head: dict[str, Any]
) -> Arrays:
    """Sampled points, and their weights."""
    every = head["every"] = max(1, math.ceil(places[..., 0].size / MOST_SAMPLES))
    arrays: Arrays = {"reads": places[::every]}
    if step.weights is not None:
        arrays["weights"] = np.asarray(step.weights[index][::every], np.float32)
    return arrays


def _volume(
    step: Step[Array],
    index: int,
    places: Float[Array, "d h w 3"],
    head: dict[str, Any],
    scales: Mapping[str, Scale],
) -> Arrays:
    """Volumes as grey bytes, and a few of the grid's points."""
    arrays: Arrays = {}
    for name in ("input", "output"):
        array = getattr(step, name)[index]
        if len(array):
            arrays[name] = scales[name].volume(array)
    head["every"] = [stride((side,), LINES) for side in places.shape[:-1]]
    thin = tuple(slice(None, None, every) for every in head["every"])
    arrays["reads"] = places[thin]
    logs = _log_bytes(pixel_areas(places))
    arrays["areas"] = logs[tuple(slice(None, None, stride((n,), MOST_DEPTH)) for n in logs.shape)]
    return arrays


def _log_bytes(areas: Float[Array, "*size"]) -> Array:
    """log2 of the size of a determinant as a byte: 16 a power of two, 128 for 1; 0 if folded."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log2(np.abs(areas))
    levels = np.nan_to_num(128 + 16 * logs, nan=128.0, posinf=255.0, neginf=1.0).clip(1, 255)
    return np.where(areas < 0, 0, levels).round().astype(np.uint8)
