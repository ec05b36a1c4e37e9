"""Safe reading of small files from untrusted sources, and strict JSON.

Files in a folder of runs may be damaged, foreign or hostile: a pipe with the name of a card, a
number of 400 digits, brackets nested 100,000 deep. Only regular files of a limited size are opened,
and JSON from them has a limited depth and finite numbers.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MAX_BYTES = 2**20
MAX_NESTED = 24
LARGEST = 2**63
"""Exclusive upper bound of whole numbers; seeds are below it."""


class InvalidFile(ValueError):
    """A file with unexpected contents; the message says why, without the file's name."""


def open_ordinary(path: Path, most: int) -> int:
    """Open a regular file of at most ``most`` bytes and return its descriptor.

    Raises:
        FileNotFoundError: the file does not exist.
        OSError: it cannot be opened.
        InvalidFile: it is a folder, a pipe, a device, or too large.
    """
    # Non-blocking, because opening a pipe without a writer would block.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(path.stat().st_mode):
        raise InvalidFile("it is no ordinary file")
    file = os.open(path, flags)
    found = os.fstat(file)
    if stat.S_ISREG(found.st_mode) and found.st_size <= most:
        return file
    os.close(file)
    if not stat.S_ISREG(found.st_mode):
        raise InvalidFile("it is no ordinary file")
    raise InvalidFile(f"it has {found.st_size:,} bytes, and at most {most:,} are read")


def check_ordinary(path: Path, most: int) -> None:
    """Check that :func:`open_ordinary` accepts a file, and raise its errors otherwise."""
    os.close(open_ordinary(path, most))


def read_json(path: Path, most: int = MAX_BYTES) -> Any:
    """Read a JSON file.

    Raises:
        FileNotFoundError: the file does not exist.
        OSError: it cannot be read.
        InvalidFile: it is not a regular file of UTF-8 JSON with finite numbers, or is too large or
            nested too deep.
    """
    with os.fdopen(open_ordinary(path, most), "rb") as file:
        return parse_json(file.read(most))


def read_record(path: Path, wanted: str) -> dict[str, Any]:
    """Read a JSON object with a ``format`` entry; that entry is checked and removed.

    Args:
        path: path of the file.
        wanted: the required format name.

    Raises:
        FileNotFoundError: the file does not exist.
        OSError: it cannot be read.
        InvalidFile: as in :func:`read_json`, or it has another format.
    """
    plain = read_json(path)
    found = plain.pop("format", "no format name") if isinstance(plain, dict) else "no object"
    if found != wanted:
        raise InvalidFile(f"it holds {found}; this version reads {wanted}")
    assert isinstance(plain, dict)
    return plain


def parse_json(text: bytes | str) -> Any:
    """Parse JSON of limited depth with finite numbers.

    Raises:
        InvalidFile: the text is not such JSON.
    """
    try:
        plain = json.loads(text)
    except UnicodeDecodeError:
        raise InvalidFile("it is not UTF-8") from None
    except RecursionError:
        raise InvalidFile("it is nested too deep") from None
    except ValueError as error:
        raise InvalidFile(f"it is not JSON: {error}") from None
    _check(plain, 0)
    return plain


def _check(value: object, depth: int) -> None:
    if depth > MAX_NESTED:
        raise InvalidFile("it is nested too deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, str):
        if not is_text(value):
            raise InvalidFile("it holds text that is not Unicode")
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float) and not is_number(value):
        raise InvalidFile("it holds a number that is not finite or too large")


def is_text(value: object) -> bool:
    """Whether the value is a string that can be encoded as UTF-8."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Whether the value is a finite number from ``low`` to ``high``; booleans are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, int):
        return -LARGEST <= value < LARGEST and low <= value <= high
    return math.isfinite(value) and low <= value <= high


def is_count(value: object, low: int = 0, high: int = LARGEST - 1) -> bool:
    """Whether the value is a whole number from ``low`` to ``high``."""
    return isinstance(value, int) and is_number(value, low, high)


def without_nan(value: Any) -> Any:
    """Replace NaN and infinity in nested values by None, as JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return value


def as_json(value: Any, indent: int | None = None) -> str:
    """Encode plain values as strictly valid JSON."""
    return json.dumps(without_nan(value), indent=indent, allow_nan=False)
