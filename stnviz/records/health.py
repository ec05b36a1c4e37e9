"""Verdicts on the transformers of a trace: what is wrong with each, why, and what cures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any, Literal

from stnviz.records.trace import Kind

Severity = Literal["ill", "warning", "note"]
"""ill: the transformer does harm or nothing; warning: it may; note: worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("ill", "warning", "note")

WIDTH = 100
"""Longest line of a report as text, in characters."""


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

    @property
    def advice(self) -> str:
        """What it means and what to do, in one line."""
        return f"{self.sentence} {self.cure}".rstrip()


@dataclass(frozen=True)
class TransformerHealth:
    """The verdicts on one step of a trace, the worst first.

    Args:
        lane: of the step.
        tick: of the step.
        name: how it is called: its module and line, or its letter.
        kind: what its grid is; only warps, and fields in part, are judged.
        verdicts: what is wrong; empty if nothing is.
        numbers: what was measured of a warp or a field, by name, also where nothing is wrong.
    """

    lane: int
    tick: int
    name: str
    kind: Kind
    verdicts: tuple[Verdict, ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)

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
        """The report as text for a terminal, one paragraph a transformer."""
        paragraphs = ["\n".join(_lines(one)) for one in self.transformers]
        return "\n\n".join([*paragraphs, *(fill(note, WIDTH) for note in self.notes)])


def _lines(one: TransformerHealth) -> Iterator[str]:
    yield f"{one.name}: {one.state}"
    for verdict in one.verdicts:
        head = verdict.name if verdict.severity == "ill" else f"{verdict.name} ({verdict.severity})"
        parts = (
            (f"  {head}: ", verdict.sentence),
            ("    Evidence: ", verdict.evidence),
            ("    Cause: ", verdict.cause),
            ("    Cure: ", verdict.cure),
        )
        for title, text in parts:
            if text:
                indent = " " * (len(title) - len(title.lstrip()) + 2)
                yield fill(text, WIDTH, initial_indent=title, subsequent_indent=indent)
