"""The live stage under a real hand: answers, round trips, first load, first picture.

    python benchmarks/live.py [--check] [--json FILE]

A real Chromium moves the mouse 240 times by one pixel, 10 ms apart, over the landing page
with its two models. Round trips are what the page itself measured ("stnviz:answer"), from
sending a request to having its answer, which the next frame draws; the rival is a call of the
same engine with the same questions in this process. The first load counts every byte that came
over the line, and the first picture is timed against an empty Streamlit page, in turns.
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Goal, Result, finish, parser  # noqa: E402
from benchmarks.student import landing_request  # noqa: E402
from scripts.served import chromium, served  # noqa: E402
from stnviz.live.engine import Engine  # noqa: E402
from stnviz.live.protocol import parse_request  # noqa: E402

MOVES, PAUSE = 240, 0.010
STAGE, SETTLE = "[data-testid=stage]", 8_000
CASE, LOAD = "240 moves, two models", "first load"
GOALS = [
    Goal(CASE, "moves without an answer", 2.0),
    Goal(CASE, "round trip, median", 10.0),
    Goal(CASE, "round trip, p95", 25.0),
    Goal(LOAD, "bytes over the line", 1.3),
]


def opened(browser: Browser, address: str, sign: str) -> tuple[Page, float]:
    """Open a page in a new context; return it and the seconds until ``sign`` was visible."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(sign)
    return page, time.perf_counter() - began


class Line:
    """A loopback proxy that counts the bytes sent by the server."""

    def __init__(self, address: str) -> None:
        self.received = 0
        self._target = int(address.rsplit(":", 1)[1])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            browser, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._target))
            for source, sink, counted in ((browser, server, False), (server, browser, True)):
                arguments = (source, sink, counted)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self.received += len(data) if counted else 0
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def bytes_of_first_load(browser: Browser, address: str, settle: int) -> int:
    """Bytes received during the first load, including headers and WebSocket frames.

    They are counted until ``settle`` milliseconds after the stage is live.
    """
    line = Line(address)
    page, _ = opened(browser, line.address, f"{STAGE}[data-live=on]")
    page.wait_for_timeout(settle)
    page.context.close()
    return line.received


def moved(browser: Browser, address: str, moves: int, settle: int) -> list[float]:
    """Round-trip times in ms while the mouse rotates the digit."""
    page, _ = opened(browser, address, f"{STAGE}[data-live=on]")
    page.wait_for_timeout(settle)
    view = page.locator("[data-testid=input]").first.bounding_box()
    assert view is not None
    x, y = view["x"] + view["width"] / 2, view["y"] + 20
    page.mouse.move(x - moves / 4, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate("performance.clearMeasures('stnviz:answer')")
    for step in range(1, moves + 1):
        began = time.perf_counter()
        # There and back again, one pixel at a time, so that every move is a new angle.
        offset = step if step <= moves / 2 else moves - step
        page.mouse.move(x - moves / 4 + offset, y)
        time.sleep(max(0.0, PAUSE - (time.perf_counter() - began)))
    page.wait_for_timeout(500)
    durations: list[float] = page.evaluate(
        "performance.getEntriesByName('stnviz:answer').map(entry => entry.duration)"
    )
    page.mouse.up()
    page.context.close()
    return durations


def direct(count: int) -> list[float]:
    """Response times in ms of the engine in this process, for the same kind of request."""
    engine = Engine()
    taken = []
    for index in range(count):
        angle = math.radians(60) * math.sin(index / 20)
        request = landing_request(index, angle)
        began = time.perf_counter()
        engine.submit(parse_request(json.dumps(request))).result()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken[count // 10 :]


def main() -> int:
    """Measure, report, and compare with the goals."""
    options = parser(__doc__ or "").parse_args()
    moves, settle = (20, 1_000) if options.smoke else (MOVES, SETTLE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\nst.write('nothing')\n")
        browser = chromium(playwright)
        with served() as address, served(empty) as rival:
            durations = moved(browser, address, moves, settle)
            own = statistics.median(direct(moves))
            size = bytes_of_first_load(browser, address, settle)
            first: dict[str, list[float]] = {"stage": [], "empty page": []}
            for _ in range(options.rounds):
                for name, at, sign in (
                    ("stage", address, f"{STAGE}[data-ready=true]"),
                    ("empty page", rival, "text=nothing"),
                ):
                    page, seconds = opened(browser, at, sign)
                    page.context.close()
                    first[name].append(seconds)
    middle = statistics.median(durations)
    late = statistics.quantiles(durations, n=20)[-1]
    picture, nothing = (statistics.median(times) for times in first.values())
    results = [
        Result(CASE, "moves without an answer", 100 * max(0, 1 - len(durations) / moves), "%", 0),
        Result(CASE, "round trip, median", middle, "ms", middle / 1e3),
        Result(CASE, "round trip, p95", late, "ms", late / 1e3),
        Result(CASE, "round trip to direct call", middle / own, "x", own / 1e3),
        Result(LOAD, "bytes over the line", size / 1e6, "MB", 0),
        Result(LOAD, "first picture to empty page", picture / nothing, "x", picture),
    ]
    return finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
