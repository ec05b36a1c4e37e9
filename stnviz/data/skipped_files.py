"""Notes on what was passed over in a folder of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

NAMED = 3
"""Damaged things that a note names; the others are counted."""


def describe_skipped(damaged: Sequence[str]) -> Iterator[str]:
    """A sentence on damaged things, if there are any."""
    if damaged:
        more = f" and {len(damaged) - NAMED:,} more" if len(damaged) > NAMED else ""
        yield f"Passed over as damaged: {', '.join(damaged[:NAMED])}{more}."
