"""The first visit of a fresh machine: seconds until each page shows its first picture.

    python benchmarks/first_visit.py [--check] [--json FILE]

Each page is opened in a fresh browser from a fresh server that has drawn, read and kept nothing
yet, whose address answers already. An empty Streamlit page is opened in turns with it; the seconds
of that are what Streamlit itself takes here.
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

CASE = "first picture of a fresh machine"
READY = "[data-testid={}][data-ready=true]"
CHART = "[data-testid=stPlotlyChart] .scatterlayer .trace"
PAGES = {
    "Play": ("", READY.format("stage")),
    "Attention": ("attention", READY.format("attention")),
    "Steps": ("steps", READY.format("steps")),
    "Video": ("video", READY.format("video")),
    "Train": ("train", READY.format("replay")),
    "Time machine": ("time_machine", READY.format("replay")),
    "Results": ("results", CHART),
}
EMPTY = "empty page"
LIMIT, PATIENCE = 3.0, 120_000


def first_picture(browser: Browser, script: Path, path: str, sign: str) -> float:
    """Seconds from asking a fresh server for a page to its first picture."""
    with tempfile.TemporaryDirectory() as fresh:
        server, port = started(script, STNVIZ_DATA=f"{fresh}/data", STNVIZ_RUNS=f"{fresh}/runs")
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
    taken: dict[str, list[float]] = {name: [] for name in (EMPTY, *pages)}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\nst.write('nothing')\n", encoding="utf-8")
        browser = chromium(playwright)
        for _ in range(options.rounds):
            taken[EMPTY].append(first_picture(browser, empty, "", "text=nothing"))
            for name, (path, sign) in pages.items():
                taken[name].append(first_picture(browser, APP, path, sign))
    results = [
        Result(CASE, name, statistics.median(found), "s", statistics.median(found))
        for name, found in taken.items()
    ]
    return finish(options, results, [Goal(CASE, name, LIMIT) for name in pages])


if __name__ == "__main__":
    sys.exit(main())
