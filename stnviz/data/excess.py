"""Formatting of a number above a limit, with enough decimals to differ from the limit."""

from __future__ import annotations


def format_excess(value: float, limit: float) -> str:
    """Format ``value`` so that the text is above ``limit``: 20.004 against 20 is "20.004".

    Args:
        value: a number above ``limit``.
        limit: the maximum allowed.
    """
    for digits in range(9):
        text = f"{value:.{digits}f}"
        if float(text) > limit:
            return text
    return f"a little more than {limit:g}"
