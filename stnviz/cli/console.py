"""Console output of the commands: messages on stderr, tables and JSON on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


class UsageError(Exception):
    """A request that cannot be carried out; the message says what to change."""


def as_sentence(error: BaseException | str) -> str:
    """An error message in one line; some libraries have line breaks in theirs."""
    return " ".join(str(error).split())


def print_error(message: str) -> None:
    """Print a message on stderr."""
    print(message, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; columns of numbers are right-aligned."""
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    numeric = [all(cell[:1].isdigit() or cell == "-" for cell in column[1:]) for column in columns]
    for row in (heads, *rows):
        cells = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, numeric, strict=True)
        ]
        print("  ".join(cells).rstrip())


def percent(share: float) -> str:
    """Format a share as a percentage: 0.0123 as ``1.23 %``."""
    return f"{100 * share:.2f} %"
