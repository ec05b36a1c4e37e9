"""The header of a lesson file: TOML between two lines ``+++``, read strictly, errors with lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from stnviz.records.strict_json import is_count, is_number, is_text

FENCE = "+++"


class BadLesson(ValueError):
    """A lesson file that cannot be used; ``line`` is where the reason is, from 1."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.line = line


def split_file(text: str) -> tuple[str, str]:
    """The header and the body of a lesson file.

    Raises:
        BadLesson: the header is not between two lines ``+++``.
    """
    lines = text.splitlines()
    if not lines or lines[0].strip() != FENCE:
        raise BadLesson(f"the first line must be {FENCE}")
    for place, line in enumerate(lines[1:], 1):
        if line.strip() == FENCE:
            return "\n".join(lines[1:place]), "\n".join(lines[place + 1 :])
    raise BadLesson(f"the header must end with a line {FENCE}", len(lines))


class Table:
    """A table of the header; what is read from it is checked, and nothing may be left over.

    Args:
        values: what TOML holds.
        header: text of the whole header, to find lines in.
        question: index of the question that the table is, or belongs to; None for the header.
        within: key of an inline table in it; errors then point to its line.
    """

    def __init__(
        self, values: Mapping[str, Any], header: str, question: int | None = None, within: str = ""
    ) -> None:
        self._values, self._header = dict(values), header
        self._question, self._within = question, within

    @classmethod
    def parse(cls, header: str) -> Table:
        """The header as a table.

        Raises:
            BadLesson: it is not TOML.
        """
        try:
            return cls(tomllib.loads(header), header)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+), column \d+\)", str(error))
            line = int(found[1]) + 1 if found else len(header.splitlines()) + 1
            raise BadLesson(f"the header is not TOML: {error}", line) from None
        except RecursionError:
            raise BadLesson("the header is nested too deep") from None

    def fail(self, key: str, wanted: str) -> BadLesson:
        """The error that ``key`` must be ``wanted``."""
        name = f"{self._within}.{key}" if self._within else key
        return BadLesson(f"{name} must be {wanted}", self._line(self._within or key))

    def _line(self, key: str) -> int:
        lines = self._header.splitlines()
        starts = [at for at, line in enumerate(lines) if line.strip() == "[[questions]]"]
        first, last = 0, starts[0] if starts else len(lines)
        if self._question is not None and self._question < len(starts):
            first = starts[self._question]
            last = [*starts, len(lines)][self._question + 1]
        at = [k for k in range(first, last) if re.match(rf"\s*{re.escape(key)}\s*=", lines[k])]
        return (at[0] if at else first) + 2

    def has(self, key: str) -> bool:
        """Whether the table holds ``key``."""
        return key in self._values

    def text(self, key: str, otherwise: str | None = None) -> str:
        """Text that is not empty; ``otherwise`` if there is none."""
        value = self._values.pop(key, otherwise)
        if not is_text(value) or (not value.strip() and value != otherwise):
            raise self.fail(key, "text")
        return " ".join(str(value).split())

    def texts(self, key: str, least: int = 0) -> tuple[str, ...]:
        """A list of texts; an empty one if there is none."""
        value = self._values.pop(key, [])
        right = isinstance(value, list) and all(is_text(one) and one.strip() for one in value)
        if not right or len(value) < least:
            raise self.fail(
                key, f"a list of at least {least} texts" if least else "a list of texts"
            )
        return tuple(value)

    def count(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._values.pop(key, None)
        if not is_count(value, low, high):
            raise self.fail(key, f"a whole number from {low} to {high:,}")
        return int(value)

    def number(self, key: str, low: float = -1e12) -> float:
        """A finite number of at least ``low``."""
        value = self._values.pop(key, None)
        if not is_number(value, low, 1e12):
            raise self.fail(key, "a number" if low < 0 else "a number of at least 0")
        return float(value)

    def numbers(self, key: str, count: int, most: float = 10.0) -> tuple[float, ...]:
        """So many numbers, each from ``-most`` to ``most``."""
        value = self._values.pop(key, None)
        right = isinstance(value, list) and all(is_number(one, -most, most) for one in value)
        if not right or len(value) != count:
            raise self.fail(key, f"a list of {count} numbers from {-most:g} to {most:g}")
        return tuple(float(one) for one in value)

    def table(self, key: str) -> Table:
        """An inline table."""
        value = self._values.pop(key, None)
        if not isinstance(value, dict):
            raise self.fail(key, "a table such as { ... }")
        return Table(value, self._header, self._question, key)

    def tables(self, key: str) -> list[Table]:
        """Tables that begin with ``[[key]]``, at least one."""
        value = self._values.pop(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            raise self.fail(key, f"at least one table that begins with [[{key}]]")
        return [Table(one, self._header, at) for at, one in enumerate(value)]

    def finish(self) -> None:
        """Check that nothing is left over.

        Raises:
            BadLesson: the table holds a key that was not read.
        """
        for key in self._values:
            line = self._line(self._within or key)
            raise BadLesson(f"{key} is no entry of this table: remove it or correct its name", line)
