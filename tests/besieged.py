"""A server under attack, and an honest client beside the attackers who measures how it fares."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import connect

from scripts import served

PATIENCE, PAUSE = 90.0, 0.05
"""Seconds to wait for an answer, and between one and the next question."""

REQUEST: dict[str, Any] = {
    "version": 1,
    "id": 1,
    "models": ["mnist-r/st-cnn-affine"],
    "source": {"digit": 7},
    "distortion": {"name": "mnist-r", "values": {"angle": 0.5}},
}
"""What a page asks while its digit is turned."""


@dataclass
class Witness:
    """What an honest client saw.

    Attributes:
        waits: seconds that each of its answers took.
        failures: what it got in place of an answer.
        rss: megabytes of the server's memory, from the first look to the last.
    """

    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float:
        """Milliseconds of the longest wait."""
        return 1000 * max(self.waits, default=float("inf"))

    @property
    def growth(self) -> float:
        """Megabytes by which the server's memory has grown at its highest."""
        return max(self.rss) - self.rss[0]

    def report(self) -> str:
        """One line for a log."""
        middle = 1000 * sorted(self.waits)[len(self.waits) // 2] if self.waits else float("nan")
        return (
            f"{len(self.waits)} answers, median {middle:.0f} ms, worst {self.worst:.0f} ms; "
            f"{len(self.failures)} failures; RSS {self.rss[0]:.0f} MB, at most +{self.growth:.0f}"
        )


class Besieged:
    """A running server.

    Attributes:
        process: of the server, as :mod:`psutil` sees it.
        port: on the loopback address.
        log: what it has written.
    """

    def __init__(self, server: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._server, self.port, self.log = server, port, log
        self.process = psutil.Process(server.pid)

    def rss(self) -> float:
        """Megabytes of memory."""
        return float(self.process.memory_info().rss) / 2**20

    @contextlib.contextmanager
    def witnessed(self) -> Iterator[Witness]:
        """An honest client asks again and again while the block runs."""
        witness, over = Witness(), threading.Event()
        address = f"ws://127.0.0.1:{self.port}/live"
        with connect(address, open_timeout=PATIENCE, max_size=None) as line:
            for _ in range(40):  # so that what grows later is not the first answers' own
                line.send(json.dumps(REQUEST))
                line.recv(PATIENCE)
            witness.rss.append(self.rss())

            def ask() -> None:
                while not over.wait(PAUSE):
                    began = time.perf_counter()
                    try:
                        line.send(json.dumps(REQUEST))
                        answer = line.recv(PATIENCE)
                    except Exception as error:
                        witness.failures.append(repr(error))
                        return
                    witness.waits.append(time.perf_counter() - began)
                    if isinstance(answer, str):
                        witness.failures.append(answer)
                    witness.rss.append(self.rss())

            thread = threading.Thread(target=ask, daemon=True)
            thread.start()
            try:
                yield witness
            finally:
                over.set()
                thread.join(PATIENCE)

    def stop(self) -> None:
        """End it."""
        served.stopped(self._server)


def besieged(**environment: str) -> Besieged:
    """Start the app on a free port of the loopback address and wait until it answers."""
    handle, name = tempfile.mkstemp(prefix="server-", suffix=".log", dir=os.environ["STNVIZ_RUNS"])
    with os.fdopen(handle, "wb") as log:
        server, port = served.started(log=log, **environment)
    return Besieged(server, port, Path(name))
