"""Answers computed in the page beside those of the server, under a real hand.

    python benchmarks/browser.py [--check] [--json FILE]

A real Chromium moves the mouse 240 times by one pixel, 4 ms apart, over Play with one network: once
in an app whose pages compute (STNVIZ_ANSWERS=browser), once in one whose server does. A frame in
which the hand moved has its own answer if the answer to its newest state is drawn. Times of answers
are from asking to having the answer, while the page also draws the frame before. Then random states
of a network of each distortion are answered by the page, which draws nothing meanwhile, and after
that by the engine in this process.

The runtime is fetched by npm if it is not there.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Goal, Result, finish, parser  # noqa: E402
from scripts.served import chromium, served  # noqa: E402
from stnviz.data.distortions import DISTORTIONS  # noqa: E402
from stnviz.live.engine import Engine  # noqa: E402
from stnviz.live.protocol import decode_answer, parse_request  # noqa: E402
from stnviz.onnx.web_runtime import fetch  # noqa: E402
from stnviz.settings import web_runtime_folder  # noqa: E402

MOVES, PAUSE, STATES = 240, 0.004, 500
WARM = 60
"""Moves before those that count, in which a browser compiles what it runs often."""

NETWORKS = {
    "mnist-r": "mnist-r/st-cnn-affine",
    "mnist-rts": "mnist-rts/st-cnn-affine",
    "mnist-p": "mnist-p/st-cnn-projective",
    "mnist-e": "mnist-e/st-cnn-thin-plate-spline",
    "mnist-tc": "mnist-tc/st-cnn-affine",
}
HAND = "240 moves, 4 ms apart"
PAGE_, SERVER = "in the page", "by the server"
APART = "largest difference from torch"
GOALS = [
    Goal(HAND, f"frames without their answer, {PAGE_}", 0.0),
    *(
        Goal(f"states of {name}", what, limit)
        for name in NETWORKS
        for what, limit in (("answer, median", 2.0), ("answer, p95", 5.0), (APART, 100.0))
    ),
]

WATCHED = """(root) => {
    const stage = root.component;
    const log = { moved: [], drawn: [], frames: [] };
    const change = stage.change.bind(stage), draw = stage.draw.bind(stage);
    stage.change = (values) => {
        change(values);
        log.moved.push([performance.now(), stage.state.values.angle]);
    };
    stage.draw = () => {
        const shown = stage.pending?.head.values.angle;
        draw();
        if (shown !== undefined) log.drawn.push(shown);
    };
    const frame = (now) => { log.frames.push(now); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    window.log = log;
    performance.clearMeasures("stnviz:answer");
}"""
"""Notes each move with its state, each answer that is drawn, and each frame."""

ANSWERED = """async (root, states) => {
    const { graphs } = root.component.answers;
    const answered = (state) => new Promise((resolve, reject) => {
        const began = performance.now();
        graphs.on = {
            answer: ({ arrays }) => resolve({ spent: performance.now() - began, arrays }),
            error: (said) => reject(new Error(said)),
        };
        graphs.ask(state);
    });
    const found = [];
    for (const state of states) found.push(await answered(state));
    const plain = (arrays) => Object.entries(arrays).map(([k, { data }]) => [k, [...data]]);
    return found.map(({ spent, arrays }) => ({ spent, arrays: Object.fromEntries(plain(arrays)) }));
}"""
"""The page's answers to states, one after another, while nothing is drawn."""

TOGETHER = 50
"""States that a page is asked for at once: so many answers come back as one message."""


def opened(browser: Browser, address: str, distortion: str, sign: str) -> Page:
    """The Play page with the distortion's network alone, as soon as it answers."""
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{address}/?data={distortion}&models={NETWORKS[distortion]}&digit=132")
    page.wait_for_selector(f"[data-testid=stage][data-ready=true][data-live=on]{sign}")
    return page


def moved(browser: Browser, address: str, sign: str, moves: int) -> tuple[float, list[float]]:
    """Percentage of frames without their answer, and times of answers in ms."""
    page = opened(browser, address, "mnist-r", sign)
    view = page.locator("[data-testid=input]").first.bounding_box()
    assert view is not None
    x, y = view["x"] + view["width"] / 2 - moves / 4, view["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    for count in (WARM, moves):
        page.wait_for_timeout(2_000)
        page.get_by_test_id("stage").evaluate(WATCHED)
        for step in range(1, count + 1):
            began = time.perf_counter()
            # There and back again, a pixel at a time.
            page.mouse.move(x + (step if step <= count / 2 else count - step), y)
            time.sleep(max(0.0, PAUSE - (time.perf_counter() - began)))
        page.wait_for_timeout(500)
    log = page.evaluate("window.log")
    times = page.evaluate("performance.getEntriesByName('stnviz:answer').map((e) => e.duration)")
    page.mouse.up()
    page.context.close()
    return lost(log), times


def lost(log: dict[str, Any]) -> float:
    """Percentage of the frames with a move whose newest state was never drawn."""
    drawn, wanted = set(log["drawn"]), []
    for begin, end in pairwise(log["frames"]):
        states = [state for now, state in log["moved"] if begin <= now < end]
        wanted += states[-1:]
    return 100 * statistics.fmean(state not in drawn for state in wanted)


def compared(
    browser: Browser, address: str, distortion: str, count: int
) -> tuple[list[float], float]:
    """Milliseconds of each answer, and the largest difference of one from the engine's."""
    page = opened(browser, address, distortion, "[data-answers=page]")
    stage, chance = page.get_by_test_id("stage"), random.Random(distortion)
    states: list[dict[str, Any]] = [
        {
            "distortion": distortion, "models": [NETWORKS[distortion]], "ink": None, "values": {},
            "digit": chance.randrange(10_000), "draw": True, "seed": chance.randrange(2**31),
        }
        for _ in range(count)
    ]  # fmt: skip
    found = [
        answer
        for first in range(0, count, TOGETHER)
        for answer in stage.evaluate(ANSWERED, states[first : first + TOGETHER])
    ]
    page.context.close()
    engine = Engine()
    worst = max(
        apart(answer["arrays"], by_engine(engine, state))
        for answer, state in zip(found, states, strict=True)
    )
    return [answer["spent"] for answer in found][min(WARM, count // 10) :], worst


def by_engine(engine: Engine, state: dict[str, Any]) -> dict[str, Any]:
    """The arrays of the engine's answer to a state."""
    settings = {"name": state["distortion"], "values": {}, "seed": state["seed"], "draw": True}
    request = {"version": 1, "id": 0, "models": state["models"],
               "source": {"digit": state["digit"]}, "distortion": settings}  # fmt: skip
    (answer,) = engine.answer([parse_request(json.dumps(request))])
    assert isinstance(answer, bytes), answer
    return decode_answer(answer)[1]


def apart(own: dict[str, list[float]], wanted: dict[str, Any]) -> float:
    """The largest difference of arrays from the engine's, relative to numbers above 1."""
    worst = 0.0
    for name in ("0.theta", "0.lattice", "0.probabilities"):
        numbers, right = np.array(own[name]), wanted[name].flatten()
        worst = max(worst, float(np.abs(numbers - right).max() / max(1, np.abs(right).max())))
    for name in ("input", "0.output"):  # bytes: a rounding may go the other way
        levels = np.array(own[name]) - wanted[name].flatten().astype(int)
        worst = max(worst, (float(np.abs(levels).max()) - 1) / 255)
    return worst


def _times(case: str, whose: str, times: list[float]) -> list[Result]:
    middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    return [
        Result(case, f"answer, median{whose}", middle, "ms", middle / 1e3),
        Result(case, f"answer, p95{whose}", late, "ms", late / 1e3),
    ]


def _states(kind: str, times: list[float], most: float) -> list[Result]:
    case = f"states of {kind}"
    return [*_times(case, "", times), Result(case, APART, most * 1e6, "ppm", 0)]


def main() -> int:
    """Measure, and compare with the goals."""
    options = parser(__doc__ or "").parse_args()
    moves, states = (20, 3) if options.smoke else (MOVES, STATES)
    kinds = [name for name in DISTORTIONS.names() if name in NETWORKS][: 1 if options.smoke else 9]
    fetch(web_runtime_folder())
    results = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = chromium(playwright)
        for way, words, sign in (
            ("browser", PAGE_, "[data-answers=page]"),
            ("server", SERVER, "[data-answers=server]"),
        ):
            with served(STNVIZ_ANSWERS=way, STNVIZ_GRAPHS=name) as address:
                without, times = moved(browser, address, sign, moves)
                lacking = f"frames without their answer, {words}"
                results.append(Result(HAND, lacking, without, "%", 0))
                results += _times(HAND, f", {words}", times)
                if way == "browser":
                    for kind in kinds:
                        results += _states(kind, *compared(browser, address, kind, states))
    return finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
