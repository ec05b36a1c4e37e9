"""What the page makes of a graph's outputs on Steps is the server's answer to the same state."""

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
from stnviz.live.protocol import (
    BadRequest,
    Edit,
    StepTraceRequest,
    decode_answer,
    encode_answer,
)
from stnviz.live.step_traces import StepTracer
from stnviz.onnx.catalogue import answer_graph
from stnviz.onnx.graph import Graph
from stnviz.ui import answerer
from stnviz.ui.encoding import as_text, pack_answers
from tests.browser.conftest import page_with

pytestmark = pytest.mark.browser

ENTRY = Path(answerer.__file__).parent / "steps.js"
NETWORKS = (
    "mnist-perturbed/cnn", "mnist-perturbed/ic-stn-4-projective", "mnist-perturbed/stn-projective",
    "sequences/cnn", "sequences/rnn-spn-d3-translation", "glasses/st-gan-similarity",
)  # fmt: skip
STATES = 12

MADE = """({ network, trace, pictures }) => {
    window.answers = new StepsAnswers();
    answers.adopt(network, "a graph", "{}", decodeStored(trace)[0]);
    for (const [k, one] of Object.entries(pictures)) answers.pictures.set(k, decodeStored(one)[0]);
    window.plain = ({ data, shape }) => {
        const bytes = new Uint8Array(Float32Array.from(data).buffer);
        return [btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join("")), [...shape]];
    };
}"""

INPUTS = """async (state) => {
    const { graph, inputs } = answers.job(state, await answers.ingredients(state));
    const named = Object.entries(inputs).map(([name, one]) => [name, plain(one)]);
    return { graph, inputs: Object.fromEntries(named) };
}"""

ANSWER = """async ([found, state]) => {
    const run = async () => [decodeStored(found)[0].arrays];
    try {
        const { head, arrays } = await answers.answer(state, run);
        const parts = Object.entries(arrays).map(([name, one]) => [name, plain(one)]);
        return { head, arrays: Object.fromEntries(parts) };
    } catch ({ message }) {
        return { refused: message };
    }
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from page_with(chromium, ENTRY, "StepsAnswers")


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def tracer() -> StepTracer:
    return StepTracer(default_library())


def edited(data: str, handles: list[list[float]], chance: random.Random) -> dict[str, Any]:
    """A state of the page: as it is, gently moved, or thrown about."""
    reach = chance.choice((0.0, 0.1, 0.1, 1.0))
    moved = [[u + chance.uniform(-reach, reach) for u in point] for point in handles]
    rows = data == "sequences"
    return {
        "picture": chance.randrange(3), "handles": moved if reach else None,
        "distractors": chance.choice((None, 0, 3, 16)) if rows else None,
    }  # fmt: skip


def received(sent: tuple[str, list[int]]) -> np.ndarray:
    text, shape = sent
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


def run(graph: Graph, inputs: dict[str, Any]) -> str:
    """The graph's outputs as a message."""
    given = {name: torch.from_numpy(received(inputs[name]).copy()) for name in graph.inputs}
    outputs = {name: one.numpy() for name, one in graph.run(given).items()}
    return as_text(pack_answers([encode_answer({}, outputs)]))


@pytest.mark.oracle
@pytest.mark.parametrize("network", NETWORKS)
def test_the_page_answers_as_the_server_does(page: Page, tracer: StepTracer, network: str) -> None:
    card = default_library().cards()[network]
    graph = answer_graph(load_checkpoint(default_library().folder(network)), card)
    first = tracer.answer(StepTraceRequest(version=1, id=0, network=network, edit=Edit(picture=0)))
    handles = decode_answer(first)[1]["handles"].tolist()
    pictures = {
        str(k): as_text(pack_answers([tracer.pictures.ingredients(card.data, k)])) for k in range(3)
    }
    trace = as_text(pack_answers([first]))
    page.evaluate(MADE, {"network": network, "trace": trace, "pictures": pictures})
    chance, answered = random.Random(network), 0
    for _ in range(STATES):
        edit = edited(card.data, handles, chance)
        state = {**edit, "network": network}
        asked = page.evaluate(INPUTS, state)
        assert asked["graph"] == "a graph"
        found = page.evaluate(ANSWER, [run(graph, asked["inputs"]), state])
        request = StepTraceRequest(version=1, id=0, network=network, edit=Edit(**edit))
        answer = asked_of(tracer, request)
        if isinstance(answer, str):
            assert found == {"refused": answer}
            continue
        answered += 1
        same(found, *decode_answer(answer))
    assert answered > STATES / 2


def asked_of(tracer: StepTracer, request: StepTraceRequest) -> bytes | str:
    """The server's answer, or its sentence."""
    try:
        return tracer.answer(request)
    except BadRequest as error:
        return error.message


def same(found: dict[str, Any], head: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    left_out = {"id", "spent", "can_sharpen", "arrays", "moved", "poses", "own_poses"}
    for name in head.keys() - left_out:
        assert found["head"][name] == head[name], name
    assert found["head"]["can_sharpen"] is False
    np.testing.assert_allclose(found["head"]["moved"], head["moved"], atol=2e-5)
    for kind in ("poses", "own_poses"):
        for ours, theirs in zip(found["head"][kind], head[kind], strict=True):
            assert (ours is None) == (theirs is None)
            assert (ours or {}) == pytest.approx(theirs or {}, abs=1e-4, rel=1e-4)
    assert found["arrays"].keys() == arrays.keys()
    for name, wanted in arrays.items():
        ours, levels = received(found["arrays"][name]), wanted.dtype == np.uint8
        assert ours.shape == wanted.shape, name
        np.testing.assert_allclose(
            ours, wanted.astype(np.float32), atol=1 if levels else 1e-4, rtol=1e-4, err_msg=name
        )
