"""Pages take turns: of many that are asked for in the same second two are made at a time.

Python runs one thread at a time. Where thirty pages are made together, each step of all else in
the server, such as an answer to a hand that moves, waits for thirty others; and no page is there
sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PageQueue:
    """So many go at a time, the others wait; whoever has to wait for something steps aside.

    Args:
        at_once: that go at a time.
        patience: seconds after which one goes all the same, so that nothing waits for ever.
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._free, self._patience = threading.Semaphore(at_once), patience
        self._mine = threading.local()

    def _take(self) -> None:
        self._mine.taken = self._free.acquire(timeout=self._patience)

    def _give(self) -> None:
        if self._mine.taken:
            self._free.release()
        self._mine.taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Go when it is this thread's turn."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others go meanwhile; for a thread that has no turn, nothing."""
        if not getattr(self._mine, "taken", False):
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()


pages = PageQueue(at_once=2, patience=5.0)
"""Of pages that are being made."""
