"""The first visit of a fresh machine: seconds until each page shows its first picture.

    python benchmarks/first_visit.py [--check] [--json FILE]

Each page is opened in a fresh browser from a fresh server that has drawn, read and kept nothing
yet: one that was started a minute before the class, and one whose address has only just answered,
which imports pandas and torch meanwhile. An empty Streamlit page is opened in turns with them; its
seconds are what Streamlit itself takes here.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from report import Goal, Result, finish, parser

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.served import APP, chromium, started, stopped  # noqa: E402

READY_CASE = "first picture, server ready"
COLD_CASE = "first picture, server only just started"
SIGN = "[data-testid={}][data-ready=true]"
CHART = "[data-testid=stPlotlyChart] .scatterlayer .trace"
PAGES = {
    "Play": ("", SIGN.format("stage")),
    "Attention": ("attention", SIGN.format("attention")),
    "Steps": ("steps", SIGN.format("steps")),
    "Video": ("video", SIGN.format("video")),
    "Train": ("train", SIGN.format("replay")),
    "Time machine": ("time_machine", SIGN.format("replay")),
    "Results": ("results", CHART),
}
EMPTY = "empty page"
LIMIT, PATIENCE = 3.0, 120_000
GETTING_READY = 40.0
"""Seconds in which a server loads torch and every network, with nobody there."""


def first_picture(browser: Browser, script: Path, path: str, sign: str, since: float) -> float:
    """Seconds from asking a fresh server for a page to its first picture.

    Args:
        browser: that is open already.
        script: that the server runs.
        path: of the page.
        sign: a selector of its picture.
        since: seconds that the server has been up.
    """
    with tempfile.TemporaryDirectory() as fresh:
        server, port = started(script, STNVIZ_DATA=f"{fresh}/data", STNVIZ_RUNS=f"{fresh}/runs")
        time.sleep(since)
        try:
            page = browser.new_context(reduced_motion="reduce").new_page()
            began = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/{path}", timeout=PATIENCE)
            page.wait_for_selector(sign, timeout=PATIENCE)
            seconds = time.perf_counter() - began
            page.context.close()
        finally:
            stopped(server)
    return seconds


def main() -> int:
    """Measure, report, judge."""
    own = parser(__doc__ or "")
    own.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES), help="some pages")
    options = own.parse_args()
    names = options.pages[:2] if options.smoke else options.pages
    pages = {name: PAGES[name] for name in names}
    cases = {COLD_CASE: 0.0} if options.smoke else {READY_CASE: GETTING_READY, COLD_CASE: 0.0}
    taken: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\nst.write('nothing')\n", encoding="utf-8")
        browser = chromium(playwright)
        for _ in range(options.rounds):
            for case, since in cases.items():
                seconds = first_picture(browser, empty, "", "text=nothing", 0.0)
                taken.setdefault((case, EMPTY), []).append(seconds)
                for name, (path, sign) in pages.items():
                    seconds = first_picture(browser, APP, path, sign, since)
                    taken.setdefault((case, name), []).append(seconds)
    results = [
        Result(case, name, statistics.median(found), "s", statistics.median(found))
        for (case, name), found in sorted(taken.items(), reverse=True)
    ]
    return finish(options, results, [Goal(READY_CASE, name, LIMIT) for name in pages])


if __name__ == "__main__":
    sys.exit(main())
