"""What a grid is, said where it is no spatial transformer and is therefore not judged."""

from __future__ import annotations

from collections.abc import Mapping

from stnviz.analysis.health.check import Check, Finding
from stnviz.analysis.health.measurements import Measurements
from stnviz.records import Kind

UNMOVED = 1e-6
"""Grids of a resampling count as one fixed grid if they differ by less than this, in pixels."""

WHAT_IT_IS: Mapping[Kind, str] = {
    "points": "These are sampled points, a few for every query, as in deformable attention and "
    "deformable convolution: each query looks where it has to.",
    "planes": "This samples feature planes along lines, as networks of scenes do: its points "
    "follow from the geometry.",
    "lookup": "This looks up tiny windows around every pixel, as optical flow does in its "
    "correlations.",
    "resampling": "This is an augmentation or a fixed resampling: its grid depends neither on "
    "the images nor on weights.",
}

CUT_OFF = (
    "This grid differs between images, but no gradient can reach it: it is a random augmentation, "
    "or a prediction that is frozen or cut off from the gradient."
)


def judge_kind(measured: Measurements) -> Finding | None:
    """Say what the grid is."""
    sentence = WHAT_IT_IS[measured.kind]
    if measured.kind == "resampling" and measured.follows_images is None:
        finite = bool(measured.finite.any())
        sentence = CUT_OFF if finite and measured.between_images > UNMOVED else sentence
    shape = " x ".join(map(str, measured.output_size))
    evidence = f"A grid of {shape} samples for each of {measured.count} images."
    return Finding(1.0, evidence, {"kind": measured.kind}, sentence=sentence)


NOT_A_TRANSFORMER = Check(
    "not-a-transformer", "No spatial transformer", "note",
    "The sampler serves another purpose than a spatial transformer, so it is not judged.",
    "Nothing is to be done; where you expected a transformer, give the model to the check, too: "
    "it then tells a prediction without gradient from an augmentation.",
    "the kind of the grid: points, planes, a lookup or a resampling",
    judge_kind, ("points", "planes", "lookup", "resampling"),
)  # fmt: skip
