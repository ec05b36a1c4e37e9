"""What the page gives to graphs and makes of their outputs is what the server does with a state."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from stnviz.checkpoints.library import default_library
from stnviz.data.digits import gallery
from stnviz.data.distort import draw_overlay, draw_values
from stnviz.data.distortions import DISTORTIONS, Distortion
from stnviz.live.distorted_input import outside_training
from stnviz.live.links import PlayState
from stnviz.ui.stage import model as play
from stnviz.ui.stage.model import models_for, stage_data
from tests.browser.conftest import page_with

pytestmark = pytest.mark.browser

ENTRY = play.Path(play.__file__).parents[1] / "answerer" / "play.js"
STATES = 6

MADE = """({ data, cut, whole }) => {
    const read = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const digits = {
        one: async () => read(whole),
        some: async (from, count) => read(cut[from]),
    };
    window.answers = new PlayAnswers(digits);
    for (const one of data) answers.adopt(one);
}"""

INPUTS = """async (state) => {
    const [{ graph, inputs }] = await answers.jobs(state);
    const plain = Object.entries(inputs).map(([name, { data, shape }]) => [
        name, [[...data], shape],
    ]);
    return { graph, inputs: Object.fromEntries(plain), values: answers.values(state) };
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from page_with(chromium, ENTRY, "PlayAnswers")


def text(levels: np.ndarray) -> str:
    return base64.b64encode(levels.tobytes()).decode()


def adopted(distortion: str) -> dict[str, Any]:
    """The page's data for a distortion and a network of it."""
    cards = default_library().cards("digits")
    state = PlayState(distortion, (models_for(distortion, cards)[0],), 3, None, {}, 0)
    return stage_data(state, cards, revision="1", offer=(0, 3), landing=False)


def random_state(distortion: Distortion, model: str, chance: random.Random) -> dict[str, Any]:
    values = {p.name: chance.uniform(p.low, p.high) for p in distortion.parameters}
    if "clutter" in values:
        values["clutter"] = chance.choice((0, 0.4, 0.5, 1.5, 6, 7, 16))
    if "noise" in values and chance.random() < 0.3:
        values["noise"] = 0.0
    return {
        "distortion": distortion.name, "models": [model], "digit": 3, "ink": None,
        "values": values, "seed": chance.randrange(2**31), "draw": False,
    }  # fmt: skip


def cut_from(seed: int) -> int:
    return int(torch.randint(9_000, (), generator=torch.Generator().manual_seed(seed)))


@pytest.mark.oracle
@pytest.mark.parametrize("name", DISTORTIONS.names())
def test_clutter_and_noise_are_those_of_torch(page: Page, name: str) -> None:
    distortion, data = DISTORTIONS.get(name), adopted(name)
    chance, model = random.Random(name), data["models"][0]
    images = gallery().images
    states = [random_state(distortion, model["name"], chance) for _ in range(STATES)]
    cut = {cut_from(s["seed"]): s for s in states}
    texts = {first: text(images[first : first + 64]) for first in cut}
    page.evaluate(MADE, {"data": [data], "cut": texts, "whole": text(images[3])})
    for state in states:
        found = page.evaluate(INPUTS, state)
        assert found["graph"] == model["graph"]
        row = torch.tensor([[state["values"][p.name] for p in distortion.parameters]])
        close(found["inputs"]["values"], row)
        close(found["inputs"]["digit"], torch.from_numpy(images[3])[None, None] / 255)
        generator = torch.Generator().manual_seed(state["seed"])
        cuttings = torch.zeros(64, 1, 28, 28)
        if state["values"].get("clutter"):
            first = int(torch.randint(9_000, (), generator=generator))
            cuttings = torch.from_numpy(images[first : first + 64])[:, None] / 255
        named = dict(zip(state["values"], row.unbind(dim=1), strict=True))
        laid = draw_overlay(named, model["canvas"], cuttings, generator)
        if laid.pieces is not None:
            count = laid.pieces.images.shape[1]
            for input, wanted in (("pieces", laid.pieces.images), ("places", laid.pieces.places)):
                numbers, shape = found["inputs"][input]
                sent = np.array(numbers).reshape(shape)
                np.testing.assert_allclose(sent[:, :count], wanted.numpy(), atol=1e-6)
                assert not sent[:, count:].any()
        elif "clutter" in state["values"]:
            assert not any(found["inputs"]["pieces"][0])
        if laid.grain is not None:
            close(found["inputs"]["grain"], laid.grain)
        elif "noise" in state["values"]:
            assert not any(found["inputs"]["grain"][0])


def close(found: list[Any], wanted: torch.Tensor) -> None:
    numbers, shape = found
    assert shape == list(wanted.shape)
    np.testing.assert_allclose(numbers, wanted.flatten().numpy(), atol=2e-6)


@pytest.mark.oracle
def test_another_sample_is_drawn_as_the_server_draws_it(page: Page) -> None:
    data = [adopted(name) for name in DISTORTIONS.names()]
    page.evaluate(MADE, {"data": data, "cut": {}, "whole": text(gallery().images[3])})
    for name, one in zip(DISTORTIONS.names(), data, strict=True):
        for seed in (0, 5, 2**31 - 1):
            state = {"distortion": name, "models": [one["models"][0]["name"]],
                     "values": {}, "seed": seed, "draw": True}  # fmt: skip
            drawn = page.evaluate("(state) => answers.values(state)", state)
            wanted = draw_values(DISTORTIONS.get(name), 1, torch.Generator().manual_seed(seed))
            parameters = DISTORTIONS.get(name).parameters
            lows = torch.tensor([p.low for p in parameters])
            highs = torch.tensor([p.high for p in parameters])
            clamped = torch.minimum(torch.maximum(wanted[0], lows), highs)
            assert list(drawn) == [p.name for p in parameters]
            np.testing.assert_allclose(list(drawn.values()), clamped.numpy(), atol=1e-6)


@pytest.mark.oracle
def test_what_lies_outside_training_is_said_in_the_same_words(page: Page) -> None:
    cards = default_library().cards("digits")
    free, chance = DISTORTIONS.get("free"), random.Random(3)
    names = ["mnist-r/st-cnn-affine", "mnist-p/st-cnn-projective", "mnist-e/cnn"]
    state = PlayState("free", tuple(names), 3, None, {}, 0)
    data = stage_data(state, cards, revision="1", offer=(0, 3), landing=False)
    page.evaluate(MADE, {"data": [data], "cut": {}, "whole": ""})
    said = 0
    for _ in range(30):
        values = random_state(free, names[0], chance)["values"]
        for name in names:
            found = page.evaluate(
                "([values, name]) => answers.outside(values, 'free', answers.models.get(name))",
                [values, name],
            )
            wanted = outside_training(values, free, DISTORTIONS.get(cards[name].data))
            assert found == wanted
            said += len(wanted)
    assert said > 100


@pytest.mark.feature
def test_an_answer_has_the_form_of_the_live_routes(page: Page) -> None:
    data = adopted("mnist-r")
    page.evaluate(MADE, {"data": [data], "cut": {}, "whole": ""})
    name = data["models"][0]["name"]
    found = json.loads(page.evaluate(
        """(name) => {
            const one = (shape, value) => ({
                data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape,
            });
            const result = {
                input: one([1, 1, 28, 28], 0.5), yours: one([1, 121, 2], NaN),
                probabilities: one([1, 10], 0.1), theta: one([1, 6], 1),
                output: one([1, 1, 28, 28], 1.5), lattice: one([1, 121, 2], 0),
                composed: one([1, 121, 2], 0), "pose.angle": one([1], 0.25),
            };
            const state = { distortion: "mnist-r", models: [name], values: {}, seed: 0 };
            const { head, arrays } = answers.made([result], state);
            result.theta.data[0] = Infinity;
            const odd = answers.made([result], state).head.rows[0].pose;
            const shapes = Object.entries(arrays).map(([key, { shape, data }]) => [
                key, shape, data[0],
            ]);
            return JSON.stringify({ head, shapes, odd });
        }""",
        name,
    ))  # fmt: skip
    assert found["odd"] is None
    assert found["head"]["lattice"] == 11
    (row,) = found["head"]["rows"]
    assert row == {"model": name, "outside": [], "transform": "affine", "pose": {"angle": 0.25}}
    shapes = {key: (shape, first) for key, shape, first in found["shapes"]}
    assert "yours" not in shapes  # it has no place there
    assert shapes["input"] == ([28, 28], 128)
    assert shapes["0.output"] == ([28, 28], 255)
    assert shapes["0.theta"][0] == [6]
