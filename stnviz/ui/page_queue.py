"""A queue for page runs: of many that are requested at once, two run at a time.

Python runs one thread at a time. If thirty pages run together, each step of everything else in
the server, such as an answer during a drag, waits for thirty others; and no page is ready
sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PageQueue:
    """Lets a few threads run at a time; one that waits for something else gives up its turn.

    Args:
        at_once: threads that run at a time.
        patience: seconds after which a thread runs all the same, so that none waits for ever.
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
        """Run the block when it is this thread's turn."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let other threads run during this block; no effect for a thread that has no turn."""
        if not getattr(self._mine, "taken", False):
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()


pages = PageQueue(at_once=2, patience=5.0)
"""The queue of page runs."""
