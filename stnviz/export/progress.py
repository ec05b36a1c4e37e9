"""Progress of an export, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[float, str], object]
"""Called with the share that is done, in [0, 1], and what is being done. It may raise
:class:`Cancelled`, which ends the export."""


class Cancelled(Exception):
    """Nobody wants the file any more."""


def ignore(share: float, what: str) -> None:
    """Take no notice of the progress."""
