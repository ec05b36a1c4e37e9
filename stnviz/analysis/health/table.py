"""The table of all verdicts, as ``docs/health.md`` has it."""

from __future__ import annotations

from stnviz.analysis.health.checks import CHECKS


def rows() -> list[str]:
    """One line of a Markdown table for each check: name, severity, meaning, measure, cure."""
    return [
        f"| `{check.name}` | {check.severity} | {check.sentence} | {check.threshold} "
        f"| {check.cure} |"
        for check in CHECKS
    ]
