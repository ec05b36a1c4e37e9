"""One process that reads uploads, on the server's side: start it, ask it, watch it, kill it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import psutil

from stnviz.settings import workplace
from stnviz.uploads.messages import Broken, receive, send

MODULE = "stnviz.uploads.worker"

GLANCE = 0.05
"""Seconds between two checks of a busy process."""

STARTING = 60.0
"""Seconds within which a process must be ready: on a busy machine its imports take long."""

GROWN = 250
"""Megabytes beyond which a process is not used again: memory that it has not freed stays taken."""

THRIFTY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Threads that are never used would take up memory that the process may have."""

Reason = Literal["time", "memory", "broken"]


class Killed(RuntimeError):
    """An upload was not read to its end.

    Args:
        reason: it took too long, or too much memory, or the process broke.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Process:
    """Start a process; :meth:`ask` waits until it is ready.

    Args:
        megabytes: of memory that it may have.
    """

    def __init__(self, megabytes: float) -> None:
        self.megabytes = megabytes
        self._asked = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(megabytes)], cwd=workplace(),
            env={**os.environ, **THRIFTY}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    @property
    def fit(self) -> bool:
        """Whether it may be used again."""
        return self._process.poll() is None and self.rss() <= GROWN

    def rss(self) -> float:
        """Megabytes of memory that it uses; 0 when it has ended."""
        try:
            return float(psutil.Process(self.pid).memory_info().rss) / 2**20
        except psutil.Error:
            return 0.0

    def ask(
        self,
        head: Mapping[str, Any],
        data: bytes,
        seconds: float,
        tell: Callable[[float], object] = lambda _: None,
    ) -> tuple[dict[str, Any], bytearray]:
        """Send one message and wait for the answer to it.

        Args:
            head: what to do.
            data: the file.
            seconds: after which the process is killed.
            tell: is called repeatedly with the seconds so far; if it raises, the process is killed
                and the wait ends.

        Raises:
            Killed: there is no answer, and the process has ended.
        """
        try:
            if not self._asked:
                self._within(STARTING, lambda: self._talk(None), lambda _: None)
                self._asked = True
            return self._within(seconds, lambda: self._talk((head, data)), tell)
        except BaseException:
            self.end()
            raise

    def _talk(
        self, message: tuple[Mapping[str, Any], bytes] | None
    ) -> tuple[dict[str, Any], bytearray]:
        if message:
            send(cast(Any, self._process.stdin), *message)
        return receive(cast(Any, self._process.stdout))

    def _within(
        self,
        seconds: float,
        talk: Callable[[], tuple[dict[str, Any], bytearray]],
        tell: Callable[[float], object],
    ) -> tuple[dict[str, Any], bytearray]:
        """Talk on another thread, as pipes have no timeout, and watch the process meanwhile."""
        replies: list[tuple[dict[str, Any], bytearray]] = []

        def listen() -> None:
            with contextlib.suppress(Broken, OSError, ValueError):
                replies.append(talk())

        began = time.monotonic()
        listener = threading.Thread(target=listen, name="stnviz-upload", daemon=True)
        listener.start()
        while listener.is_alive():
            listener.join(GLANCE)
            if self.rss() > self.megabytes:
                raise Killed("memory")
            if (taken := time.monotonic() - began) > seconds and listener.is_alive():
                raise Killed("time")
            tell(taken)
        if not replies:
            raise Killed("broken")
        return replies[0]

    def end(self) -> None:
        """Kill the process, whatever it does."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                cast(Any, pipe).close()
