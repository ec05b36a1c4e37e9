"""What the page makes of a network's graphs on Inside is the server's answer to the same state."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from stnviz.checkpoints.library import default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.data.digits import gallery
from stnviz.live.inside import InsideEngine
from stnviz.live.protocol import InsideRequest, decode_answer, encode_ink
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.graph import Graph
from stnviz.onnx.names import parts_of_inside
from stnviz.ui import answerer
from stnviz.ui.inside.model import first_state, request_of
from stnviz.ui.stage.model import controls_for
from tests.browser.conftest import page_with
from tests.variants import slow_but

pytestmark = pytest.mark.browser

ENTRY = Path(answerer.__file__).parent / "inside.js"
CARDS = {
    name: card for name, card in default_library().cards().items() if parts_of_inside(card)
}  # fmt: skip
FAST = (
    "mnist-r/st-cnn-affine", "mnist-rts/st-fcn-thin-plate-spline", "mnist-p/st-cnn-projective",
    "mnist-tc/st-cnn-affine",
)  # fmt: skip
STATES = 14

MADE = """({ network, distortion, controls, opening, graphs, classes }) => {
    const read = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const some = async (from, count) => read(await window.levels(from, count));
    const digits = { some, one: (index) => some(index, 1) };
    window.answers = new InsideAnswers({ ...digits, adopt: () => {} });
    answers.classes = new Map([...classes].map((label, index) => [index, Number(label)]));
    answers.learn({ name: distortion, controls });
    const plainArray = ([text, shape]) => ({ data: new Float32Array(read(text).buffer), shape });
    const named = (arrays) =>
        Object.fromEntries(Object.entries(arrays).map(([name, one]) => [name, plainArray(one)]));
    answers.adopt(network, graphs, "an opening");
    answers.openings.set("an opening", { head: opening[0], arrays: named(opening[1]) });
    window.plain = ({ data, shape }) => {
        const bytes = new Uint8Array(Float32Array.from(data).buffer);
        return [btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join("")), [...shape]];
    };
    const plainly = (arrays) =>
        Object.fromEntries(Object.entries(arrays).map(([name, one]) => [name, plain(one)]));
    window.run = async (jobs) => {
        const sent = jobs.map(({ graph, inputs }) => ({ graph, inputs: plainly(inputs) }));
        const found = await window.runGraphs(sent);
        return found.map(named);
    };
    window.answered = async (state) => {
        try {
            const { head, arrays } = await answers.answer(state, run);
            return { head, arrays: plainly(arrays) };
        } catch ({ message }) {
            return { refused: message };
        }
    };
}"""


def unpacked(sent: tuple[str, list[int]]) -> np.ndarray:
    text, shape = sent
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


def packed(array: np.ndarray) -> tuple[str, list[int]]:
    plain = np.ascontiguousarray(array, np.float32)
    return base64.b64encode(plain.tobytes()).decode(), list(array.shape)


def levels(first: int, count: int) -> str:
    return base64.b64encode(gallery().images[first : first + count].tobytes()).decode()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    for page in page_with(chromium, ENTRY, "InsideAnswers"):
        page.expose_function("levels", levels)
        yield page


@pytest.fixture(scope="module")
def engine() -> InsideEngine:
    return InsideEngine(default_library())


def prepared(page: Page, engine: InsideEngine, name: str) -> None:
    """The page with a network, whose graphs run in torch."""
    card, model = CARDS[name], load_checkpoint(default_library().folder(name))
    graphs: dict[str, Graph] = {
        part: answer_graph(model, card, part) for part in parts_of_inside(card)
    }

    def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        with torch.inference_mode():
            return [outputs(graphs[job["graph"]], job["inputs"]) for job in jobs]

    page.expose_function("runGraphs", run)
    head, arrays = decode_answer(engine.answer(request_of(name, first_state(card))))
    data = {
        "network": name, "distortion": card.data, "controls": controls_for(card.data, card.data),
        "opening": [head, {name: packed(one) for name, one in arrays.items()}],
        "graphs": {part.removeprefix("inside-"): part for part in graphs},
        "classes": "".join(map(str, gallery().labels)),
    }  # fmt: skip
    page.evaluate(MADE, data)


def outputs(graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    given = {name: torch.from_numpy(unpacked(inputs[name]).copy()) for name in graph.inputs}
    return {name: packed(one.numpy()) for name, one in graph.run(given).items()}


def some_state(name: str, own: list[float], chance: random.Random) -> dict[str, Any]:
    """A state of the page: any digit, distortion, theta, sampler and class."""
    card = CARDS[name]
    controls = controls_for(card.data, card.data)
    kernel = chance.choice(("bilinear", "nearest", "bicubic"))
    padding = chance.choice(("zeros", "border", "reflection"))
    reach = chance.choice((0.05, 0.3, 2.0))
    moved = [round(number + chance.uniform(-reach, reach), 6) for number in own]
    return {
        **first_state(card), "network": name, "digit": chance.choice((3, 132, 8635, 9999)),
        "seed": chance.randrange(9), "theta": chance.choice((None, moved)),
        "values": {one["name"]: within(one, chance) for one in controls},
        "sampler": chance.choice(
            (None, {"kernel": kernel, "padding": padding, "align_corners": chance.random() < 0.5})
        ),
        "label": chance.choice((None, chance.randrange(10))),
    }  # fmt: skip


def within(control: dict[str, Any], chance: random.Random) -> float:
    """A value as in training, and not beyond the slider's end."""
    return min(max(chance.uniform(*control["trained"]), control["low"]), control["high"])


def request_for(state: dict[str, Any], **more: Any) -> InsideRequest:
    request = request_of(state["network"], state)
    return request.model_copy(update={"want": ["image", "layers", "gradients"], **more})


@pytest.mark.oracle
@pytest.mark.parametrize("name", slow_but(len(FAST), [*FAST, *sorted(CARDS.keys() - set(FAST))]))
def test_the_page_answers_as_the_server_does(page: Page, engine: InsideEngine, name: str) -> None:
    prepared(page, engine, name)
    _, opening = decode_answer(engine.answer(request_of(name, first_state(CARDS[name]))))
    chance = random.Random(name)
    for _ in range(STATES):
        state = some_state(name, opening["own"].tolist(), chance)
        found = page.evaluate("(state) => answered(state)", state)
        assert "refused" not in found, found
        same(found, *decode_answer(engine.answer(request_for(state))))


@pytest.mark.oracle
def test_rows_of_a_landscape_are_the_servers(page: Page, engine: InsideEngine) -> None:
    name = FAST[0]
    prepared(page, engine, name)
    for axes, sampler in (([2, 5], None), ([0, 3], {"kernel": "bicubic", "padding": "border"})):
        state = {
            **first_state(CARDS[name]), "network": name,
            "theta": [0.9, 0.1, 0.0, -0.1, 1.1, 0.05],
            "sampler": sampler and {**sampler, "align_corners": False}, "label": 7,
        }  # fmt: skip
        rows = {"axes": axes, "low": [-1.0, -0.5], "high": [1.5, 1.0], "count": 11, "rows": [2, 3]}
        found = page.evaluate("(state) => answered(state)", {**state, "landscape": rows})
        asked = InsideRequest.model_validate({**request_for(state).model_dump(), "landscape": rows})
        head, arrays = decode_answer(engine.answer(asked))
        assert found["head"] == {part: head[part] for part in ("rows", "count", "axes")}
        losses = unpacked(found["arrays"]["losses"])
        assert losses.shape == (2, 11)
        np.testing.assert_allclose(losses, arrays["losses"], atol=2e-3, rtol=2e-3)


@pytest.mark.exception
def test_what_is_impossible_is_said(page: Page, engine: InsideEngine) -> None:
    name = FAST[0]
    prepared(page, engine, name)
    state = {**first_state(CARDS[name]), "network": name}
    for wrong, said in (
        ({"theta": [1.0, 0.0]}, "affine has 6 numbers."),
        ({"label": 10}, "Choose one of 10 classes."),
    ):
        found = page.evaluate("(state) => answered(state)", {**state, **wrong})
        assert found == {"refused": said}


@pytest.mark.feature
def test_a_drawing_has_no_class_and_gets_the_likely_one(page: Page, engine: InsideEngine) -> None:
    name = FAST[0]
    prepared(page, engine, name)
    ink = encode_ink(gallery().images[132] // 17 * 17)
    state = {**first_state(CARDS[name]), "network": name, "digit": None, "ink": ink}
    found = page.evaluate("(state) => answered(state)", state)
    same(found, *decode_answer(engine.answer(request_for(state))))
    assert found["head"]["known"] is False


def same(found: dict[str, Any], head: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Equal to the server's; what a place exactly on a pixel's edge makes of rounding aside."""
    for kind in ("pose", "own_pose"):
        assert found["head"][kind] == pytest.approx(head[kind], abs=1e-3, rel=1e-3)
    for layer, wanted in zip(found["head"]["layers"], head["layers"], strict=True):
        assert (layer["name"], layer["shape"]) == (wanted["name"], wanted["shape"])
        assert (layer["low"], layer["high"]) == pytest.approx(
            (wanted["low"], wanted["high"]), abs=1e-4
        )
    for row, wanted in zip(found["head"]["opencv"] or [], head["opencv"] or [], strict=True):
        assert row == pytest.approx(wanted, abs=1e-3, rel=1e-4)
    assert found["head"]["values"] == pytest.approx(head["values"])
    assert found["head"]["loss"] == pytest.approx(head["loss"], abs=2e-3, rel=2e-3)
    compared = {"pose", "own_pose", "layers", "opencv", "values", "loss", "id", "arrays"}
    for name in head.keys() - compared:
        assert found["head"][name] == head[name], name
    assert found["arrays"].keys() == arrays.keys()
    for name, wanted in arrays.items():
        ours = unpacked(found["arrays"][name])
        assert ours.shape == wanted.shape, name
        apart = np.abs(ours - wanted.astype(np.float32))
        close = 1.0 if wanted.dtype == np.uint8 else 1e-4
        # A gradient is a sum in which large parts cancel: its smallest number is as uncertain as
        # its largest.
        size = np.abs(wanted).max() if name.endswith("gradient") else np.abs(wanted)
        allowed = close * np.maximum(1.0, size)
        assert (apart <= allowed).mean() >= (1.0 if wanted.size < 300 else 0.99), (
            name,
            apart.max(),
        )
