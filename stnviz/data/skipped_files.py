"""Notices about damaged files that were skipped in a data folder of the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

NAMED = 3
"""Number of damaged files that a notice names; the others are counted."""


def describe_skipped(damaged: Sequence[str]) -> Iterator[str]:
    """Yield one sentence on the damaged files, if there are any."""
    if damaged:
        more = f" and {len(damaged) - NAMED:,} more" if len(damaged) > NAMED else ""
        yield f"Passed over as damaged: {', '.join(damaged[:NAMED])}{more}."
