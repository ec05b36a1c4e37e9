"""The Play page's answer as a graph in a browser: how long it takes, and whether it is torch's.

    python benchmarks/browser_graph.py [--check] [--json FILE]

A real Chromium loads the graph of the landing page's network in a worker (stnviz/ui/answerer) and
answers random states of it; every output is compared with torch. A time is from asking to having
the answer, as the page would have it. npm fetches the runtime (scripts/fetch_web_runtime.py).
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Goal, Result, finish, parser  # noqa: E402
from scripts.fetch_web_runtime import fetch  # noqa: E402
from scripts.served import chromium  # noqa: E402
from stnviz.checkpoints.library import default_library  # noqa: E402
from stnviz.checkpoints.storage import load_checkpoint  # noqa: E402
from stnviz.data.digits import gallery  # noqa: E402
from stnviz.data.distort import draw_values  # noqa: E402
from stnviz.data.distortions import DISTORTIONS  # noqa: E402
from stnviz.onnx.catalogue import answer_graph  # noqa: E402
from stnviz.onnx.export import save  # noqa: E402
from stnviz.onnx.graph import Graph  # noqa: E402
from stnviz.ui.bundle import bundle  # noqa: E402

NETWORK, DISTORTION, STATES = "mnist-r/st-cnn-affine", "mnist-r", 500
CASE = "one answer in the page"
GOALS = [
    Goal(CASE, "median", 2.0),
    Goal(CASE, "p95", 5.0),
    Goal(CASE, "largest difference from torch", 1e-4),
]

PAGE = """<!doctype html><title>A graph</title><script type="module">
import { GraphAnswerer } from "./graph.js";
const files = {
  worker: "worker.js", graph: "answer.onnx",
  runtime: "ort.wasm.bundle.min.mjs", wasm: "ort-wasm-simd-threaded.wasm",
};
const inputs = (state) => Object.fromEntries(Object.entries(state).map(
  ([name, { data, shape }]) => [name, { data: Float32Array.from(data), shape }]));
let done = null;
const began = performance.now();
const answerer = new GraphAnswerer(files, inputs, {
  answer: (answer) => done.resolve(answer.arrays),
  error: (sentence) => { window.trouble = sentence; done?.reject(new Error(sentence)); },
  open: (isOpen) => { window.loaded = isOpen ? performance.now() - began : null; },
});
window.ask = async (state) => {
  done = Promise.withResolvers();
  const began = performance.now();
  answerer.ask(state);
  const arrays = await done.promise;
  const spent = performance.now() - began;
  const plain = Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)]);
  return { spent, arrays: Object.fromEntries(plain) };
};
</script>"""


def states(graph: Graph, count: int) -> list[dict[str, torch.Tensor]]:
    """Gallery digits, distorted as in training."""
    generator = torch.Generator().manual_seed(0)
    rows = draw_values(DISTORTIONS.get(DISTORTION), count, generator).split(1)
    images = torch.from_numpy(gallery().images[:count]).float() / 255
    return [
        {**graph.inputs, "digit": image[None, None], "values": row}
        for image, row in zip(images, rows, strict=True)
    ]


def asked(folder: Path, given: list[dict[str, torch.Tensor]]) -> tuple[float, list[Any]]:
    """Milliseconds until the graph is loaded, and each answer with the time it took."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    plain = [
        {
            name: {"data": one.flatten().tolist(), "shape": list(one.shape)}
            for name, one in s.items()
        }
        for s in given
    ]
    try:
        with sync_playwright() as playwright, chromium(playwright) as browser:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/page.html")
            page.wait_for_function("window.loaded || window.trouble", timeout=120_000)
            if trouble := page.evaluate("window.trouble ?? null"):
                raise RuntimeError(trouble)
            return page.evaluate("window.loaded"), [
                page.evaluate("(s) => window.ask(s)", state) for state in plain
            ]
    finally:
        server.shutdown()


def main() -> int:
    """Measure, and compare with torch."""
    options = parser(__doc__ or "").parse_args()
    library = default_library()
    model, card = load_checkpoint(library.folder(NETWORK)), library.cards()[NETWORK]
    graph = answer_graph(model, card, DISTORTION)
    given = states(graph, 20 if options.smoke else STATES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(graph, folder / "answer.onnx")
        answerer = ROOT / "stnviz" / "ui" / "answerer"
        for path in (*fetch().iterdir(), answerer / "worker.js"):
            shutil.copy(path, folder)
        script = f"{bundle(answerer / 'graph.js')}\nexport {{ GraphAnswerer }};"
        (folder / "graph.js").write_text(script, encoding="utf-8")
        (folder / "page.html").write_text(PAGE, encoding="utf-8")
        loaded, answers = asked(folder, given)
    apart = 0.0
    for inputs, answer in zip(given, answers, strict=True):
        for output, wanted in graph.run(inputs).items():
            found = torch.tensor(answer["arrays"][output])
            apart = max(apart, float((wanted.flatten() - found).abs().max()))
    times = [answer["spent"] for answer in answers]
    middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    results = [
        Result(CASE, "graph loaded", loaded, "ms", loaded / 1e3),
        Result(CASE, "median", middle, "ms", middle / 1e3),
        Result(CASE, "p95", late, "ms", late / 1e3),
        Result(CASE, "largest difference from torch", apart, "", 0),
    ]
    return finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
