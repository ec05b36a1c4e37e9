"""A server under attack, and an honest client beside the attackers who measures how it fares."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import connect

ROOT = Path(__file__).parents[1]
PATIENCE = 90.0
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

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._popen, self.port, self.log = process, port, log
        self.process = psutil.Process(process.pid)

    def rss(self) -> float:
        """Megabytes of memory."""
        return float(self.process.memory_info().rss) / 2**20

    @contextlib.contextmanager
    def witnessed(self, pause: float = 0.05, **options: Any) -> Iterator[Witness]:
        """An honest client asks again and again while the block runs.

        Args:
            pause: seconds between an answer and the next question.
            options: of its connection.
        """
        witness, over = Witness(), threading.Event()
        address = f"ws://127.0.0.1:{self.port}/live"
        stack = contextlib.ExitStack()
        line = stack.enter_context(
            connect(address, open_timeout=PATIENCE, max_size=None, **options)
        )
        for _ in range(40):  # so that what grows later is not the first answers' own
            line.send(json.dumps(REQUEST))
            line.recv(PATIENCE)
        witness.rss.append(self.rss())

        def ask() -> None:
            while not over.wait(pause):
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
            stack.close()

    def stop(self) -> None:
        """End it."""
        self._popen.terminate()
        try:
            self._popen.wait(20)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def besieged(*options: str, log: Path | None = None, **environment: str) -> Besieged:
    """Start the app on a free port of the loopback address and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = log or Path(os.environ["STNVIZ_RUNS"]) / f"server-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env={**os.environ, **environment},
            stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
            return Besieged(process, port, log)
        except urllib.error.HTTPError:  # it answers; what, is the test's business
            return Besieged(process, port, log)
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError(log.read_text(errors="replace"))
