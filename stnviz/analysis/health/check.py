"""The contract of a check: one illness, how it is recognised, what it means and what cures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from torch import Tensor

from stnviz.analysis.health.measurements import Measurements
from stnviz.records import Kind, Verdict
from stnviz.records.health import Severity
from stnviz.shapes import Bool

M = TypeVar("M")

SELDOM = 0.05
"""An illness of fewer images than this share is no verdict: single images prove nothing."""

OFTEN = 0.5
"""An illness of fewer images than this share is a warning at most."""


@dataclass(frozen=True)
class Finding:
    """What a check has found.

    Args:
        share: share of all images that show it, in (0, 1].
        evidence: what was measured, with numbers.
        numbers: the measurements, as plain values.
        severity: in place of the check's own.
        sentence: in place of the check's own.
        cure: in place of the check's own.
    """

    share: float
    evidence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None
    sentence: str = ""
    cure: str = ""


@dataclass(frozen=True)
class Check(Generic[M]):
    """One illness of transformers.

    Args:
        name: of its verdict.
        title: for display.
        severity: of its verdict, where at least half of the images show it.
        sentence: what it means.
        cure: what to do.
        threshold: how it is measured, and when it is found.
        judge: returns what it found in the measurements of one step; None for nothing.
        kinds: of grids that are judged.
        hides: names of verdicts that follow from this one and are left out beside it.
    """

    name: str
    title: str
    severity: Severity
    sentence: str
    cure: str
    threshold: str
    judge: Callable[[M], Finding | None]
    kinds: tuple[Kind, ...] = ("warp",)
    hides: tuple[str, ...] = ()

    def verdict(self, measured: M) -> Verdict | None:
        """The verdict on one step, without a cause; None if it is not ill in this way."""
        found = self.judge(measured)
        if found is None:
            return None
        usual = "warning" if self.severity == "ill" and found.share < OFTEN else self.severity
        return Verdict(
            self.name, found.share, found.sentence or self.sentence, found.evidence,
            cure=found.cure or self.cure, severity=found.severity or usual, numbers=found.numbers,
        )  # fmt: skip


def found_in(
    which: Bool[Tensor, " b"], measured: Measurements, evidence: str, **numbers: Any
) -> Finding | None:
    """A finding in those of the finite images that ``which`` selects; None if they are too few.

    Args:
        which: a mask of the finite images.
        measured: of the step.
        evidence: begins with a verb or noun; the number of images is put before it.
        numbers: further measurements; the images' indices are added.
    """
    images = measured.finite.nonzero().flatten()[which].tolist()
    share = len(images) / max(1, measured.count)
    if not images or share < SELDOM:
        return None
    where = f"In {len(images)} of {measured.count} images" if measured.count > 1 else "In the image"
    return Finding(share, f"{where} {evidence}", {**numbers, "images": images})
