"""Verdicts on the transformers of a trace: what is wrong with each, why, and what cures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stnviz.records.trace import Kind

Severity = Literal["ill", "warning", "note"]
"""ill: the transformer does harm or nothing; warning: it may; note: worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("ill", "warning", "note")


@dataclass(frozen=True)
class Verdict:
    """A finding about one transformer, and the share of images that show it.

    Args:
        name: of the finding, such as constant, out-of-view, mirrored, folded or not-finite.
        share: share of the examined images, in (0, 1].
        sentence: what it means.
        evidence: what was measured, with numbers.
        cause: where it comes from, if that was found in the model.
        cure: what to do.
        severity: how bad it is.
        numbers: the measurements, by name.
    """

    name: str
    share: float
    sentence: str
    evidence: str = ""
    cause: str = ""
    cure: str = ""
    severity: Severity = "ill"
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TransformerHealth:
    """The verdicts on one step of a trace, the worst first.

    Args:
        lane: of the step.
        tick: of the step.
        name: how it is called: its module and line, or its letter.
        kind: what its grid is; only warps, and fields in part, are judged.
        verdicts: what is wrong; empty if nothing is.
    """

    lane: int
    tick: int
    name: str
    kind: Kind
    verdicts: tuple[Verdict, ...] = ()

    @property
    def state(self) -> Literal["ill", "warning", "alive", "not judged"]:
        """The light that it gets."""
        found = {verdict.severity for verdict in self.verdicts}
        if "ill" in found:
            return "ill"
        if "warning" in found:
            return "warning"
        return "alive" if self.kind in ("warp", "field") else "not judged"


@dataclass(frozen=True)
class HealthReport:
    """The health of all transformers of a trace.

    Args:
        transformers: one for each step, the worst first.
        notes: sentences about what was not examined, and why.
    """

    transformers: tuple[TransformerHealth, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_ill(self) -> bool:
        """Whether any transformer is ill."""
        return any(one.state == "ill" for one in self.transformers)

    def __str__(self) -> str:
        """The report as text, one paragraph a transformer."""
        lines = []
        for one in self.transformers:
            lines.append(f"{one.name}: {one.state}")
            for verdict in one.verdicts:
                lines.append(f"  {verdict.name}: {verdict.sentence}")
                lines += [
                    f"    {title}: {text}"
                    for title, text in (
                        ("Evidence", verdict.evidence),
                        ("Cause", verdict.cause),
                        ("Cure", verdict.cure),
                    )
                    if text
                ]
        return "\n".join([*lines, *self.notes])
