"""A trace that a visitor has opened on the Debug page, opened on the Inside page.

There is no network to ask, so the page itself sends what the trace holds: input, grid, output and
theta of one image, and the gradient of the grid if one was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from stnviz.live.protocol import encode_answer
from stnviz.records import Array, Step
from stnviz.ui.debug.choice import EXAMINED
from stnviz.ui.debug.model import Examined
from stnviz.ui.encoding import LATTICE

PREFIX = "trace:"
"""Prefix of the names of such traces in the list; a link cannot restore them."""

CHANNELS = 3

MOST_VALUES = 2_000_000
"""Values of an input or grid that are sent, at most."""


def opened_traces() -> dict[str, Examined]:
    """The traces of this visit that have a picture-to-picture step, by name."""
    examined: Mapping[str, Examined] = st.session_state.get(EXAMINED, {})
    return {
        PREFIX + digest[:16]: one
        for digest, one in examined.items()
        if any(map(can_open, one.trace.steps))
    }


def can_open(step: Step[Array]) -> bool:
    """Whether a step maps pictures to pictures, and is small enough to be sent whole."""
    pictures = step.kind in ("warp", "field", "resampling") and step.input.ndim == 4
    small = step.input[0].size <= MOST_VALUES and step.grid[0].size <= MOST_VALUES
    return pictures and small and step.input.shape[1] > 0


def answer_of_trace(examined: Examined, state: Mapping[str, Any]) -> bytes:
    """What the component draws of one image of a trace."""
    steps = [step for step in examined.trace.steps if can_open(step)]
    wanted = state["lane"], state["tick"]
    step = next((one for one in steps if (one.lane, one.tick) == wanted), steps[0])
    index = min(state["picture"], len(step.grid) - 1)
    theta = np.asarray(step.theta[index], np.float32)
    sampler = _sampler(step)
    head: dict[str, Any] = {
        "id": 0, "network": examined.title, "lattice": LATTICE, "still": True,
        "lane": step.lane, "tick": step.tick, "transform": step.transform,
        "transformers": [[one.lane, one.tick] for one in steps],
        "parameters": _parameters(step), "identity": [], "edited": False,
        "sampler": sampler, "own_sampler": sampler, "labels": [], "known": False,
        "count": len(step.grid), "values": {}, "pose": None, "own_pose": None, "opencv": None,
    }  # fmt: skip
    arrays: dict[str, Array] = {
        "theta": theta, "own": theta,
        "lattice": _lattice(step.grid[index]), "own_lattice": _lattice(step.grid[index]),
        "grid": np.asarray(step.grid[index], np.float32),
        "image": _as_bytes(examined.trace.images, index, step),
        "input": _few(step.input[index]), "output": _few(step.output[index]),
    }  # fmt: skip
    if step.grid_gradient is not None:
        arrays["grid_gradient"] = np.asarray(step.grid_gradient[index], np.float32)
        if step.theta_gradient is not None:
            arrays["theta_gradient"] = np.asarray(step.theta_gradient[index], np.float32)
    probabilities = examined.trace.probabilities
    if probabilities.size and len(probabilities) == len(step.grid):
        arrays["answer"] = arrays["probabilities"] = probabilities[index].astype(np.float32)
    return encode_answer(head, arrays)


def _sampler(step: Step[Array]) -> dict[str, Any]:
    if step.call is None:
        return {"kernel": "bilinear", "padding": "zeros", "align_corners": False}
    return {
        "kernel": step.call.kernel,
        "padding": step.call.padding,
        "align_corners": step.call.align_corners,
    }


def _parameters(step: Step[Array]) -> list[dict[str, Any]]:
    count = step.theta.shape[1]
    return [{"name": "", "low": -2, "high": 2, "unit": "", "help": ""} for _ in range(count)]


def _lattice(grid: Array) -> Array:
    """(LATTICE^2, 2) points of a grid, from its first pixel to its last."""
    rows, columns = (
        np.linspace(0, side - 1, LATTICE).round().astype(int) for side in grid.shape[:2]
    )
    found: Array = np.asarray(grid[np.ix_(rows, columns)], np.float32).reshape(-1, 2)
    return found


def _few(maps: Array) -> Array:
    """(C, h, w) with one or three channels."""
    values = np.asarray(maps, np.float32)
    return values if len(values) in (1, 3) else values.mean(axis=0, keepdims=True)


def _as_bytes(images: Array, index: int, step: Step[Array]) -> Array:
    """The image that the model was given, (H, W) or (H, W, 3), else the step's input."""
    image = (
        images[index] if images.ndim == 4 and len(images) == len(step.grid) else step.input[index]
    )
    values = np.nan_to_num(_few(image))
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1.0)
    levels = np.rint(255 * (values - low) / (high - low)).astype(np.uint8)
    found: Array = levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)
    return found
