"""A pool of a few processes that read uploads; further uploads wait while all are busy."""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from stnviz.settings import READER_MB, READERS, amount
from stnviz.uploads.process import GLANCE, Process

Tell = Callable[[int, float], object]
"""Called with the number of uploads before this one (0 for one that is being read), and with the
seconds that this has lasted.
"""


class Pool:
    """A limited number of processes, started when they are needed, and kept.

    Args:
        most: processes at a time.
        megabytes: of memory that each may have.
    """

    def __init__(self, most: int, megabytes: float) -> None:
        self._most, self._megabytes = most, megabytes
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._idle: list[Process] = []
        self._busy: set[Process | object] = set()

    def warm_up(self) -> None:
        """Start a process ahead of the next upload if none is idle."""
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
            seconds: that reading may take, once it is its turn.
            tell: reports the progress; if it raises, the request ends.

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
        """Wait in the queue for a process."""
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
        """Keep a process for the next upload; replace one that is no longer fit."""
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
        """End the idle processes."""
        with self._changed:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


_lock = threading.Lock()
_pool: Pool | None = None


def shared_pool() -> Pool:
    """The one pool of this server, set up from the environment when it is first needed."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = Pool(max(1, int(amount(READERS))), amount(READER_MB))
            atexit.register(_pool.close)
        return _pool
