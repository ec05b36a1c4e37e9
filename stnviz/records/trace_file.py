"""The file of a trace: one safetensors file with a version, no code, and checked contents.

A trace may come from anybody. Every shape, name and number is checked before it is used, so that a
damaged or hostile file is refused with one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stnviz.records.arrays import Arrays, load_arrays, read_arrays, save_arrays
from stnviz.records.sampler_call import MAX_TEXT, SamplerCall
from stnviz.records.strict_json import as_json, is_count, is_text, parse_json
from stnviz.records.trace import ARRAYS, KINDS, OPTIONAL_ARRAYS, Array, Step, Trace

TRACE_FORMAT = "stnviz-trace-2"
OLD_FORMATS = ("stnviz-trace-1",)

MAX_BYTES = 2**28
"""Largest size of a file: a few pairs of registered volumes fit, with their grids."""

MAX_STEPS = 1024
MAX_EXTENT = 2**20
"""Largest extent of one axis of an array."""


def save_trace(trace: Trace, path: Path) -> None:
    """Write a trace as one file.

    Raises:
        ValueError: it is too large to be read again, or its provenance is not JSON.
    """
    meta, arrays = pack_trace(trace)
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_BYTES * 0.98 or len(trace.steps) > MAX_STEPS:
        raise ValueError(
            f"The trace has {len(trace.steps):,} steps and {size / 2**20:,.0f} MiB; a file holds "
            f"{MAX_STEPS:,} and {MAX_BYTES / 2**20:,.0f} MiB: capture fewer images or steps."
        )
    save_arrays(path, arrays, meta)


def pack_trace(trace: Trace) -> tuple[dict[str, str], Arrays]:
    """A trace as the metadata and the arrays of its file.

    Raises:
        TypeError: its provenance is not JSON.
    """
    arrays: Arrays = {"images": trace.images, "probabilities": trace.probabilities}
    heads = []
    for index, step in enumerate(trace.steps):
        kept = [*ARRAYS, *(name for name in OPTIONAL_ARRAYS if getattr(step, name) is not None)]
        arrays |= {f"steps.{index}.{name}": getattr(step, name) for name in kept}
        head = {name: getattr(step, name) for name in ("transform", "lane", "tick", "kind")}
        heads.append(head | {"call": None if step.call is None else step.call.as_plain()})
    meta = {
        "format": TRACE_FORMAT,
        "steps": as_json(heads),
        "provenance": json.dumps(dict(trace.provenance)),
    }
    return meta, arrays


def load_trace(path: str | Path) -> Trace:
    """Load a trace written by :meth:`Trace.save`; no code from the file is run.

    Args:
        path: path of the safetensors file.

    Raises:
        ValueError: there is no such file, or it is not a trace; the message says which.
    """
    meta, arrays = load_arrays(Path(path), "trace", TRACE_FORMAT, *OLD_FORMATS, most=MAX_BYTES)
    return unpack_trace(meta, arrays, str(path))


def read_trace(data: bytes) -> Trace:
    """As :func:`load_trace`, from the bytes of a file; errors call it *The file*."""
    try:
        meta, arrays = read_arrays(data, "trace", TRACE_FORMAT, *OLD_FORMATS)
    except ValueError as error:
        said = str(error).removesuffix(".")
        raise ValueError(f"{said}: choose a file that Trace.save has written.") from error
    return unpack_trace(meta, arrays)


def unpack_trace(meta: Mapping[str, str], arrays: Mapping[str, Array], name: str = "") -> Trace:
    """The reverse of :func:`pack_trace`; everything is checked.

    Args:
        meta: the metadata.
        arrays: the arrays.
        name: of the file, for the error message.

    Raises:
        ValueError: something is missing, or does not belong together; the message says what.
    """
    try:
        return _unpack(meta, arrays)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{name or 'The file'} is not a whole trace ({error}): save it anew with Trace.save."
        ) from error


def _unpack(meta: Mapping[str, str], arrays: Mapping[str, Array]) -> Trace:
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu" or max(array.shape, default=0) > MAX_EXTENT:
            raise ValueError(f"the array {name[:40]!r} is of no kind or size that a trace holds")
    heads, provenance = parse_json(meta["steps"]), parse_json(meta["provenance"])
    if not isinstance(heads, list) or len(heads) > MAX_STEPS or not isinstance(provenance, dict):
        raise ValueError("its list of steps or its provenance is wrong")
    if not _are_notes(provenance.get("notes", [])):
        raise ValueError("its notes are no sentences")
    images, probabilities = arrays["images"], arrays["probabilities"]
    if images.ndim not in (4, 5) or not images.size:
        raise ValueError(f"images of shape {images.shape} are no pictures")
    if probabilities.ndim < 2 or len(probabilities) != len(images):
        raise ValueError("it has not one prediction for each image")
    steps = tuple(_step(index, head, arrays, len(images)) for index, head in enumerate(heads))
    return Trace(images, steps, probabilities, provenance)


def _step(
    index: int, head: Mapping[str, Any], arrays: Mapping[str, Array], count: int
) -> Step[Array]:
    """Put one step together and check that its arrays belong together."""
    names = [f"steps.{index}.{name}" for name in ARRAYS]
    given, theta, grid, output = (arrays[name] for name in names)
    optional = {name: arrays.get(f"steps.{index}.{name}") for name in OPTIONAL_ARRAYS}
    axes = grid.ndim - 2
    if axes not in (2, 3) or grid.shape[-1] != axes or not grid.size:
        raise ValueError(f"step {index} has a grid of shape {grid.shape}")
    wanted = {
        "theta": theta.ndim == 2,
        "input": given.ndim == grid.ndim and min(given.shape[2:]) > 0,
        "output": output.ndim == grid.ndim and output.shape[2:] == grid.shape[1:-1],
        "residual": _has_shape(optional["residual"], (count,)),
        "weights": _has_shape(optional["weights"], grid.shape[:-1]),
        "grid_gradient": _has_shape(optional["grid_gradient"], grid.shape),
        "theta_gradient": _has_shape(optional["theta_gradient"], theta.shape),
    }
    for name, right in wanted.items():
        if not right:
            raise ValueError(f"{name} of step {index} does not fit its grid {grid.shape}")
    if any(len(array) != count for array in (given, theta, grid, output)):
        raise ValueError(f"step {index} has not one grid for each of {count} images")
    transform, lane, tick = head["transform"], head["lane"], head["tick"]
    kind, call = head.get("kind", "warp"), head.get("call")
    if not (is_text(transform) and len(transform) <= MAX_TEXT and kind in KINDS):
        raise ValueError(f"step {index} is of no known kind")
    if not (is_count(lane, high=MAX_STEPS) and is_count(tick, high=MAX_STEPS)):
        raise ValueError(f"step {index} has a wrong lane or tick")
    found = None if call is None else SamplerCall.from_plain(call)
    return Step(transform, given, theta, grid, output, lane, tick, kind, found, **optional)


def _has_shape(array: Array | None, shape: tuple[int, ...]) -> bool:
    return array is None or array.shape == shape


def _are_notes(notes: Any) -> bool:
    return isinstance(notes, list) and all(is_text(one) and len(one) <= MAX_TEXT for one in notes)
