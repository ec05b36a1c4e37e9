"""Not finite: theta or the grid holds NaN or infinity."""

from __future__ import annotations

from stnviz.analysis.health.check import Check, Finding
from stnviz.analysis.health.measurements import Measurements
from stnviz.records.trace import KINDS

TITLES = {"theta": "theta", "grid": "the grid", "input": "the input", "output": "the output"}


def judge_finite(measured: Measurements) -> Finding | None:
    """Whether theta, grid, input and output are finite; any image that is not counts."""
    broken = measured.broken
    if not broken:
        return None
    own = [name for name in ("theta", "grid", "weights") if name in broken]
    if not own and "input" not in broken:
        own = ["output"]
    names = own or ["input"]
    first = broken[names[0]]
    for name in names[1:]:
        first = first | broken[name]
    images = first.nonzero().flatten().tolist()
    what = " and ".join(TITLES.get(name, f"the {name}") for name in names)
    evidence = (
        f"Values of {what} are NaN or infinite in {len(images)} of {measured.count} images, "
        f"image {images[0]} first."
    )
    numbers = {"images": images, "arrays": names}
    if own:
        return Finding(len(images) / measured.count, evidence, numbers, "ill")
    return Finding(
        len(images) / measured.count, evidence, numbers, "warning",
        "Its input is not finite; the grid is.",
        "Look before the transformer: at the images and their normalisation, or at the layers "
        "that compute its input.",
    )  # fmt: skip


NOT_FINITE = Check(
    "not-finite", "Not finite", "ill",
    "Theta is not a finite number, so that the output shows nothing and every gradient is lost.",
    "Start again from the last good weights with a smaller learning rate and gradient clipping; "
    "look for a division by zero or a logarithm of zero on the way to theta.",
    "any NaN or infinity in theta or the grid, in any image; in the input alone it is a warning",
    judge_finite, KINDS,
)  # fmt: skip
