"""A few processes that read uploads, for everybody: whoever comes while all are at work waits."""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from stnviz.settings import READER_MB, READERS, amount
from stnviz.uploads.process import GLANCE, Process

Tell = Callable[[int, float], object]
"""Is called with how many are before this one, 0 for one that is being read, and for how many
seconds that has been so."""


class Pool:
    """So many processes at most; they are started when they are wanted, and kept.

    Args:
        most: processes at a time.
        megabytes: that each may have.
    """

    def __init__(self, most: int, megabytes: float) -> None:
        self._most, self._megabytes = most, megabytes
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._idle: list[Process] = []
        self._busy: set[Process | object] = set()

    def warm_up(self) -> None:
        """Have one process ready, or nearly so."""
        with self._changed:
            if not self._idle and len(self._busy) < self._most:
                self._idle.append(Process(self._megabytes))

    def ask(
        self,
        head: Mapping[str, Any],
        data: bytes,
        seconds: float,
        tell: Tell = lambda before, taken: None,
    ) -> tuple[dict[str, Any], bytearray]:
        """Have one file read, in turn.

        Args:
            head: what to do.
            data: the file.
            seconds: it may take, once it is its turn.
            tell: says how it stands; what it raises ends the matter.

        Raises:
            Killed: it took too long, or too much memory, or broke its process.
        """
        ticket = object()
        process = self._turn(ticket, tell)
        try:
            return process.ask(head, data, seconds, lambda taken: tell(0, taken))
        finally:
            self._give_back(ticket, process)

    def _turn(self, ticket: object, tell: Tell) -> Process:
        """Wait in the queue; a process of one's own."""
        waited = 0.0
        with self._changed:
            self._waiting.append(ticket)
        try:
            while True:
                with self._changed:
                    if self._waiting[0] is ticket and len(self._busy) < self._most:
                        self._busy.add(ticket)
                        process = self._idle.pop() if self._idle else None
                        break
                    before = self._waiting.index(ticket) + 1
                    self._changed.wait(GLANCE)
                waited += GLANCE
                tell(before, waited)
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            return process or Process(self._megabytes)
        except BaseException:
            self._give_back(ticket, None)
            raise

    def _give_back(self, ticket: object, process: Process | None) -> None:
        """Keep a process for the next one; begin another in place of one that is of no use."""
        fit = process is not None and process.fit
        if process is not None and not fit:
            process.end()
        with self._changed:
            self._busy.discard(ticket)
            if process is not None and fit:
                self._idle.append(process)
            self._changed.notify_all()
        self.warm_up()

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._changed:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


_lock = threading.Lock()
_pool: Pool | None = None


def shared_pool() -> Pool:
    """The one pool of this server, as the environment sets it when it is first wanted."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = Pool(max(1, int(amount(READERS))), amount(READER_MB))
            atexit.register(_pool.close)
        return _pool
