"""Small files that anybody may have written, and JSON that anybody can read.

What lies in a folder of runs may be damaged, foreign or hostile: a pipe under a card's name, a
number of 400 figures, brackets 100,000 deep. Only ordinary files of a bounded size are opened, and
what is read from them has a bounded depth and finite numbers.
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
"""Of whole numbers: a seed is below it."""


class InvalidFile(ValueError):
    """A file that is not what it should be; the message says why, without its name."""


def open_ordinary(path: Path, most: int) -> int:
    """A descriptor of the file at ``path``, which is an ordinary one of at most ``most`` bytes.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be opened.
        InvalidFile: it is a folder, a pipe, a device, or too large.
    """
    # A pipe without a writer must not be waited for.
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
    """Refuse what :func:`open_ordinary` refuses."""
    os.close(open_ordinary(path, most))


def read_json(path: Path, most: int = MAX_BYTES) -> Any:
    """What the JSON file at ``path`` holds.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read.
        InvalidFile: it is no ordinary file of UTF-8 JSON with finite numbers, or too large or deep.
    """
    with os.fdopen(open_ordinary(path, most), "rb") as file:
        return parse_json(file.read(most))


def read_record(path: Path, wanted: str) -> dict[str, Any]:
    """The entries of a JSON file that names its format, without that name.

    Args:
        path: of the file.
        wanted: the format that it must name.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read.
        InvalidFile: as :func:`read_json` says, or it is of another format.
    """
    plain = read_json(path)
    found = plain.pop("format", "no format name") if isinstance(plain, dict) else "no object"
    if found != wanted:
        raise InvalidFile(f"it holds {found}; this version reads {wanted}")
    assert isinstance(plain, dict)
    return plain


def parse_json(text: bytes | str) -> Any:
    """JSON of a bounded depth with finite numbers.

    Raises:
        InvalidFile: it is something else.
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
    elif isinstance(value, int | float) and not is_number(value):
        raise InvalidFile("it holds a number that is not finite or too large")


def is_text(value: object) -> bool:
    """Whether this is text that can be written as UTF-8."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Whether this is a finite number, from ``low`` to ``high``; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, int):
        return -LARGEST <= value < LARGEST and low <= value <= high
    return math.isfinite(value) and low <= value <= high


def is_count(value: object, low: int = 0, high: int = LARGEST - 1) -> bool:
    """Whether this is a whole number from ``low`` to ``high``."""
    return isinstance(value, int) and is_number(value, low, high)


def without_nan(value: Any) -> Any:
    """Plain values as JSON can say them: it has neither NaN nor infinity, which become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return value


def as_json(value: Any, indent: int | None = None) -> str:
    """Plain values as JSON that any program can read."""
    return json.dumps(without_nan(value), indent=indent, allow_nan=False)
