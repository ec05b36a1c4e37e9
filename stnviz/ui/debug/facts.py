"""What a step is, and how its sampler was called, in words."""

from __future__ import annotations

from stnviz.checkpoints.titles import TRANSFORM_TITLES
from stnviz.records import ArraySummary, Kind, Step
from stnviz.records.trace import Array

KIND_TITLES: dict[Kind, str] = {
    "warp": "spatial transformer",
    "field": "displacement field",
    "points": "sampled points",
    "planes": "samples of feature planes",
    "lookup": "correlation lookup",
    "resampling": "fixed resampling",
}

KIND_SENTENCES: dict[Kind, str] = {
    "warp": "",
    "field": "Every pixel has a displacement of its own, as in optical flow and registration.",
    "points": (
        "Each query reads a few points, as in deformable attention and convolution: this is no "
        "map from picture to picture, so that no pose is asked for."
    ),
    "planes": "It reads feature planes along lines: what counts is which parts of them are read.",
    "lookup": "It reads a small window around every pixel, as optical flow looks up correlations.",
    "resampling": "Its grid does not depend on the picture: an augmentation, or a fixed resize.",
}


def step_facts(step: Step[Array]) -> list[tuple[str, str]]:
    """Terms and what is known of them; names in them come from a file and are plain text."""
    call = step.call
    size = " x ".join(map(str, step.output.shape[2:]))
    facts = [("Transform", _transform(step))]
    if call is None:
        given = " x ".join(map(str, step.input.shape[1:]))
        return [*facts, ("Sampling", f"{given} to {size}, bilinear, align_corners=False")]
    place = f"{call.place}, in {call.function}" if call.function else call.place
    operator = call.operator.rpartition("::")[2]
    return [
        *facts,
        ("Called at", place),
        ("Sampler", f"{operator}, {call.kernel}, {call.padding}, {_convention(step)}"),
        ("Input", _summary(call.input)),
        ("Output", _summary(call.output)),
    ]


def _transform(step: Step[Array]) -> str:
    title = TRANSFORM_TITLES.get(step.transform, step.transform) or "of no known family"
    source = step.call.theta_source if step.call else "predicted"
    if not step.theta.shape[1]:
        return "no theta"
    if source == "predicted":
        return f"{title}, theta of {step.theta.shape[1]} numbers as the model computed it"
    if not step.transform:
        return f"{title}: theta is the affine part of the grid"
    return f"{title}, fitted to the grid"


def _convention(step: Step[Array]) -> str:
    call = step.call
    assert call is not None
    said = f"align_corners={call.align_corners}"
    if call.grid_align_corners not in (None, call.align_corners):
        said += f" (the grid was made with {call.grid_align_corners})"
    return said


def _summary(array: ArraySummary) -> str:
    size = " x ".join(map(str, array.shape)) or "unknown"
    if array.low is None or array.high is None:
        return size
    limits = f"from {array.low:.3g} to {array.high:.3g}".replace("-", "\u2212")
    return f"{size}, {limits}"
