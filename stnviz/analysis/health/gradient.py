"""Zero gradient: nothing that the loss says reaches the grid."""

from __future__ import annotations

from stnviz.analysis.health.check import Check, Finding
from stnviz.analysis.health.measurements import Measurements

NOTHING = 1e-12
"""A gradient is zero if no derivative of the loss with respect to any coordinate is larger."""


def judge_zero_gradient(measured: Measurements) -> Finding | None:
    """Whether a recorded gradient is zero, or a prediction is cut off from every gradient."""
    if measured.kind == "resampling":
        cut_off = measured.follows_images or measured.predictor
        return _cut_off(measured) if cut_off else None
    gradient = measured.grid_gradient
    if gradient is None or not gradient.numel():
        return None
    largest = float(gradient.abs().max())
    if not largest <= NOTHING:
        return None
    return Finding(
        1.0,
        f"The largest derivative of the loss with respect to a coordinate is {largest:.2g}, over "
        f"{measured.count} images.",
        {"largest": largest},
    )


def _cut_off(measured: Measurements) -> Finding:
    return Finding(
        1.0,
        f"The layer {measured.predictor} says theta, but the grid requires no gradient."
        if measured.predictor
        else "The grid follows the images when they are exchanged, but it requires no gradient.",
        severity="warning",
        sentence="The grid is predicted, but no gradient can reach it, so it cannot learn.",
        cure="Look for detach(), no_grad(), argmax, rounding or numpy between the localisation "
        "network and the grid, and for frozen parameters; nothing is to be done if it is meant.",
    )


ZERO_GRADIENT = Check(
    "zero-gradient", "Zero gradient", "ill",
    "The loss says nothing about where to look, so the transformer cannot learn.",
    "Check that the loss depends on the output, that the window lies in view, and that no function "
    "before theta is saturated.",
    f"a backward pass was recorded and no derivative with respect to the grid exceeds {NOTHING:g}; "
    "or, with the model, the grid follows the images, or a layer says its theta, and it requires "
    "no gradient",
    judge_zero_gradient, ("warp", "field", "resampling"),
)  # fmt: skip
