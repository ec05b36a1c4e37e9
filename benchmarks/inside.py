"""The Inside page in Chromium: hovering a pixel, and the landscape of the loss.

    python benchmarks/inside.py --check

A hover is timed from the pointer's move to the end of the frame that shows its numbers. The
landscape is timed in the browser, from its first request to the last of 41 x 41 losses.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from scripts import served

LINK = "/inside?model=mnist-r/st-cnn-affine&digit=132&seed=0&angle=0.6&x=3&y=3"
READY = "[data-testid=inside][data-ready=true][data-live=on]"
CASES = {"sample": "Sample, hovers over the output", "grid": "Grid, hovers over the output"}
HOVER, LANDSCAPE, ROLL = "95 % of the hovers within", "41 x 41 losses", "one step of the ball"
MOVES = 240

HOVERS = """async ([step, moves]) => {
  const inside = '[data-testid=inside]';
  const hosts = [...document.querySelectorAll('*')];
  const roots = hosts.map((one) => one.shadowRoot?.querySelector(inside));
  const root = roots.find(Boolean);
  const canvas = [...root.querySelectorAll('canvas.figure')].find((one) => one.tabIndex === 0);
  const box = canvas.getBoundingClientRect();
  const taken = [];
  for (let k = 0; k < moves; k++) {
    const x = (0.1 + 0.8 * ((k * 7) % 28) / 28) * box.width;
    const y = (0.1 + 0.8 * ((k * 3) % 28) / 28) * box.height;
    const began = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', {
      clientX: box.left + x, clientY: box.top + y, bubbles: true, pointerType: 'mouse',
    }));
    // The component draws in the next frame; this callback comes after its own.
    const waited = await new Promise((done) => requestAnimationFrame((frame) => done(frame)));
    taken.push(performance.now() - Math.max(began, waited));
    await new Promise((done) => setTimeout(done, 4));
  }
  return taken;
}"""


def main() -> int:
    """Measure hovers and the landscape."""
    options = report.parser(__doc__ or "").parse_args()
    results = []
    with served.served() as address, sync_playwright() as playwright:
        browser = served.chromium(playwright)
        for step, case in CASES.items():
            page = open_step(browser.new_page(), address, step)
            taken = page.evaluate(HOVERS, [step, 20 if options.smoke else MOVES])
            late = statistics.quantiles(taken, n=20)[-1]
            results.append(report.Result(case, HOVER, late, "ms", late / 1e3))
            page.close()
        page = open_step(browser.new_page(), address, "sample")
        seconds = landscape(page)
        case = "Gradients, one visitor"
        results.append(report.Result(case, LANDSCAPE, 1e3 * seconds, "ms", seconds))
        browser.close()
    goals = [report.Goal(case, HOVER, 16.0) for case in CASES.values()]
    goals.append(report.Goal("Gradients, one visitor", LANDSCAPE, 3000.0))
    return report.finish(options, results, goals)


def open_step(page: Page, address: str, step: str) -> Page:
    """A page on which a step is open and answered."""
    page.set_default_timeout(120_000)
    page.goto(f"{address}{LINK}&step={step}")
    page.wait_for_selector(READY)
    page.wait_for_selector("[data-testid=inside][data-busy=false]")
    return page


def landscape(page: Page) -> float:
    """Seconds from opening the step to the whole landscape."""
    page.get_by_role("button", name="Gradients").click()
    began = time.perf_counter()
    page.wait_for_selector("progress", state="hidden")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
