"""The first visit of a fresh machine: seconds until each page shows its first picture.

    python benchmarks/first_visit.py [--check] [--json FILE]

Each page is opened in a fresh browser from a fresh server that has drawn, read and kept nothing
yet: one that was started a minute before the class, and one whose address has only just answered,
which imports pandas and torch meanwhile. Two small Streamlit pages are opened in turns with them,
an empty one and one with nothing but a Plotly chart. Their seconds are what Streamlit and Plotly
themselves take here; Results, whose first picture is a chart, is held against the latter.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Goal, Result, finish, parser  # noqa: E402
from scripts.served import APP, chromium, started, stopped  # noqa: E402

READY_CASE = "first picture, server ready"
CHART_CASE = "first chart, server ready, of a page with nothing but a chart"
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
    "Inside": ("inside", SIGN.format("inside")),
    "Debug": ("debug", SIGN.format("debug")),
}
BARE = {
    "empty page": ("import streamlit as st\nst.write('nothing')\n", "text=nothing"),
    "one chart": (
        "import plotly.graph_objects as go\nimport streamlit as st\n"
        "st.plotly_chart(go.Figure(go.Scatter(x=[0, 1], y=[0, 1])))\n",
        CHART,
    ),
}
LIMIT, CHART_LIMIT, PATIENCE = 3.0, 1.5, 120_000
GETTING_READY = 40.0
"""Seconds after which an idle server has loaded torch and every network."""


def first_picture(browser: Browser, script: Path, path: str, sign: str, since: float) -> float:
    """Seconds from requesting a page of a fresh server to its first image.

    Args:
        browser: an open browser.
        script: script that the server runs.
        path: path of the page.
        sign: CSS selector of the image.
        since: seconds to wait between the start of the server and the request.
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
    """Measure, report, and compare with the goals."""
    own = parser(__doc__ or "")
    own.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES), help="some pages")
    options = own.parse_args()
    names = options.pages[:2] if options.smoke else options.pages
    pages = {name: PAGES[name] for name in names}
    cases = {COLD_CASE: 0.0} if options.smoke else {READY_CASE: GETTING_READY, COLD_CASE: 0.0}
    taken: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = {name: Path(folder) / f"{place}.py" for place, name in enumerate(BARE)}
        for name, script in bare.items():
            script.write_text(BARE[name][0], encoding="utf-8")
        browser = chromium(playwright)
        for _ in range(options.rounds):
            for case, since in cases.items():
                for name, script in bare.items():
                    seconds = first_picture(browser, script, "", BARE[name][1], 0.0)
                    taken.setdefault((case, name), []).append(seconds)
                for name, (path, sign) in pages.items():
                    seconds = first_picture(browser, APP, path, sign, since)
                    taken.setdefault((case, name), []).append(seconds)
    middle = {asked: statistics.median(found) for asked, found in taken.items()}
    results = [
        Result(case, name, seconds, "s", seconds)
        for (case, name), seconds in sorted(middle.items(), reverse=True)
    ]
    goals = [Goal(READY_CASE, name, LIMIT) for name in pages if pages[name][1] != CHART]
    if charts := middle.get((READY_CASE, "Results")):
        share = charts / middle[READY_CASE, "one chart"]
        results.append(Result(CHART_CASE, "Results", share, "x", charts))
        goals.append(Goal(CHART_CASE, "Results", CHART_LIMIT))
    return finish(options, results, goals)


if __name__ == "__main__":
    sys.exit(main())
