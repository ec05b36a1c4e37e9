"""A number in a refusal, with as many digits as tell it from the limit."""

from __future__ import annotations


def format_excess(value: float, limit: float) -> str:
    """``value`` as text that reads as more than ``limit``: 20.004 against 20 is "20.004".

    Args:
        value: more than ``limit``.
        limit: the most that is allowed.
    """
    for digits in range(9):
        text = f"{value:.{digits}f}"
        if float(text) > limit:
            return text
    return f"a little more than {limit:g}"
