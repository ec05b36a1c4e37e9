"""A graph in a worker of the page answers as the live route does; the runtime here is a stub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from stnviz.ui.bundle import bundle

ANSWERER = Path(__file__).parents[2] / "stnviz" / "ui" / "answerer"

RUNTIME = """
export const env = { wasm: {} };
export class Tensor {
  constructor(type, data, dims) { Object.assign(this, { type, data, dims }); }
}
export class InferenceSession {
  static async create(bytes) {
    if (bytes.length === 0) throw new Error("The graph is empty.");
    return new InferenceSession();
  }
  inputNames = ["values"];
  outputNames = ["twice"];
  async run({ values }) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (values.data[0] < 0) throw new Error("A value is negative.");
    return { twice: new Tensor("float32", values.data.map((value) => 2 * value), values.dims) };
  }
}
"""
"""A stub of onnxruntime-web: its graph doubles the values and takes 50 ms for it."""

PAGE = """<!doctype html><title>Answers</title><script type="module">
import { GraphAnswerer } from "./graph.js";
const files = { worker: "worker.js", runtime: "runtime.mjs", wasm: "wasm" };
const inputs = (value) => ({
  values: { data: Float32Array.of(value), shape: [1, 1] }, unused: null,
});
const page = {
  graphs: () => [GRAPH],
  answer: async ({ value }, run) => {
    if (value === 13) throw new Error("There is no 13.");
    const [arrays] = await run([{ graph: GRAPH, inputs: inputs(value) }]);
    return { arrays };
  },
};
window.heard = [];
window.answerer = new GraphAnswerer(files, page, {}, {
  answer: ({ arrays }, state) => heard.push([state.value, ...arrays.twice.data]),
  error: (sentence) => heard.push(sentence),
  open: (isOpen) => heard.push(isOpen),
  coming: ({ bytes, of }) => (window.came = [bytes, of]),
});
</script>"""


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """Opens the page with a graph of this name, and waits until it has heard something."""
    (tmp_path / "worker.js").write_text(bundle(ANSWERER / "worker.js"), encoding="utf-8")
    script = bundle(ANSWERER / "graph.js")
    (tmp_path / "graph.js").write_text(f"{script}\nexport {{ GraphAnswerer }};", encoding="utf-8")
    (tmp_path / "runtime.mjs").write_text(RUNTIME)
    (tmp_path / "wasm").write_bytes(b"wasm")
    (tmp_path / "graph").write_bytes(b"graph")
    (tmp_path / "empty").write_bytes(b"")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page()

    def go(graph: str) -> Page:
        (tmp_path / "page.html").write_text(PAGE.replace("GRAPH", f'"{graph}"'))
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/page.html")
        page.wait_for_function("window.heard?.length")
        return page

    yield go
    page.close()
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.feature
def test_the_newest_state_is_answered_and_nothing_queues_up(opened: Callable[[str], Page]) -> None:
    page = opened("graph")
    page.evaluate("for (let value = 1; value <= 9; value++) answerer.ask({ value })")
    assert page.evaluate("answerer.busy") is True
    page.wait_for_function("!answerer.busy")
    assert page.evaluate("heard") == [True, [1, 2], [9, 18]]
    assert page.evaluate("came") == [4, 4]  # bytes of the runtime
    assert page.evaluate('performance.getEntriesByName("stnviz:answer").length') == 2


@pytest.mark.browser
@pytest.mark.exception
def test_an_error_is_said_and_the_next_state_is_answered(opened: Callable[[str], Page]) -> None:
    page = opened("graph")
    page.evaluate("answerer.ask({ value: -1 })")
    page.wait_for_function("!answerer.busy")
    for value in (13, 4):
        page.evaluate("(value) => answerer.ask({ value })", value)
        page.wait_for_function("!answerer.busy")
    assert page.evaluate("heard") == [True, "A value is negative.", "There is no 13.", [4, 8]]


@pytest.mark.browser
@pytest.mark.exception
@pytest.mark.parametrize(
    ("graph", "said"), [("missing", "does not come (404)"), ("empty", "The graph is empty.")]
)
def test_a_graph_that_does_not_load_is_said(
    graph: str, said: str, opened: Callable[[str], Page]
) -> None:
    page = opened(graph)
    page.wait_for_function("heard.length === 2")
    sentence, is_open = page.evaluate("heard")
    assert said in sentence
    assert is_open is False
