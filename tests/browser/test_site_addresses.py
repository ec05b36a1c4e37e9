"""The site's addresses mean what the app's links mean."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from stnviz.checkpoints.library import default_library
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING, PlayState, read_link
from stnviz.site import build
from stnviz.site.play import all_choices, play_data
from stnviz.ui.stage.model import usable_models
from tests.browser.conftest import page_with
from tests.browser.static_sites import NETWORKS

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from page_with(chromium, build.HERE / "address.js", "stateOf")


def odd(text: str, chance: random.Random) -> str:
    return chance.choice((text, text, text, "", "-1", "1e9", "x" + text, "NaN", " ", "00007"))


@pytest.mark.oracle
def test_an_address_means_what_it_means_in_the_app(page: Page) -> None:
    cards = {name: default_library().cards()[name] for name in NETWORKS}
    site = play_data(cards, all_choices(cards), 10_000, "1")
    chance = random.Random(4)
    for _ in range(150):
        data = chance.choice(DISTORTIONS.names())
        state = PlayState(
            data, tuple(chance.sample([*NETWORKS, "mnist-e/cnn"], 2)), chance.randrange(10_000),
            chance.choice((None, "A" * 523)),
            {p.name: chance.uniform(p.low, p.high) for p in DISTORTIONS.get(data).parameters},
            chance.randrange(2**31),
        )  # fmt: skip
        query = state.query()
        for name in chance.sample(list(query), 2):
            query[name] = odd(query[name], chance)
        if chance.random() < 0.3:
            query.pop(chance.choice(list(query)))
        found = page.evaluate(
            "([query, site]) => stateOf(new URLSearchParams(query), site)", [query, site]
        )
        compared(query, found, site, cards)


def compared(query: dict[str, str], found: dict[str, Any], site: Any, cards: Any) -> None:
    wanted, _ = read_link(query)
    data = wanted.get("distortion", LANDING.distortion)
    if data not in site["distortions"]:
        data = LANDING.distortion
        assert found["troubles"]
        return
    state = found["state"]
    assert state["distortion"] == data
    assert state["digit"] == wanted.get("digit", LANDING.digit)
    assert state["seed"] == wanted.get("seed", 0)
    assert state["ink"] == wanted.get("ink")
    assert state["values"] == pytest.approx(wanted.get("values", state["values"]))
    usable = usable_models(wanted.get("models", ()), data, cards)
    assert state["models"] == (usable or site["distortions"][data]["first"])
