"""The Attention page in a real Chromium: every kind that has a network, its controls, its link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stnviz.checkpoints.library import default_library
from stnviz.ui.attention.model import KINDS
from tests.painted import reds
from tests.variants import slow_but

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=attention][data-ready=true]"
SEARCH = "[data-testid=replay][data-ready=true]"
SHIPPED = [
    data
    for data in KINDS
    if data not in ("cub", "mnist-volume")  # no photographs here; volumes: test_volume.py
    and any(card.data == data for card in default_library().cards().values())
]


@pytest.mark.smoke
@pytest.mark.parametrize(
    "data",
    [
        data if data == "colocalise-t" else pytest.param(data, marks=pytest.mark.slow)
        for data in SHIPPED
    ],
)
def test_every_kind_is_drawn(look: Look, data: str) -> None:
    page = look(f"/attention?what={data}", SEARCH if data.startswith("colocalise") else READY)
    canvas = page.locator("canvas.pixels").first
    expect(canvas).to_be_visible()
    assert reds(canvas) > 5


@pytest.mark.feature
def test_mute_and_heat_are_in_the_link(look: Look) -> None:
    page = look("/attention?what=mnist-addition&picture=2", READY)
    page.get_by_role("button", name="mute").first.click()
    page.get_by_role("button", name="Mean window").click()
    page.wait_for_function(
        "location.search.includes('muted=A') && location.search.includes('heat=1')"
    )
    again = look(page.url[page.url.index("/attention") :], READY)
    expect(again.get_by_role("button", name="mute").first).to_have_attribute("aria-pressed", "true")
    expect(again.get_by_role("button", name="Mean window")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(again.get_by_text("Picture 3 of")).to_be_visible()


@pytest.mark.feature
def test_stepping_changes_picture_and_answer(look: Look) -> None:
    page = look("/attention?what=mnist-addition", READY)
    before = page.get_by_test_id("answer").inner_text()
    page.get_by_role("button", name="\u203a").click()
    expect(page.get_by_test_id("answer")).not_to_have_text(before)
    expect(page.get_by_text("Picture 2 of")).to_be_visible()


@pytest.mark.feature
def test_a_phone_shows_picture_and_crops_side_by_side(look: Look) -> None:
    page = look("/attention?what=mnist-addition", READY, width=390, touch=True)
    view, crops = (page.locator(name).bounding_box() for name in (".view", ".crops"))
    assert view is not None
    assert crops is not None
    assert crops["x"] >= view["x"] + view["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.feature
def test_it_opens_with_a_bird_that_is_read_rightly(look: Look) -> None:
    page = look("/attention", READY)
    expect(page.get_by_test_id("answer")).not_to_have_class("answer wrong")
    expect(page.get_by_text("This bird with")).to_be_visible()
    expect(page.get_by_text("A picture chosen because")).to_be_visible()
    page.get_by_role("button", name="\u203a").click()
    # The first one that is not stored: its network is loaded for it.
    expect(page.get_by_text("Picture 5 of")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("A picture chosen because")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.feature
def test_a_link_that_names_pictures_but_none_of_them_means_the_first(look: Look) -> None:
    page = look("/attention?what=birds", READY)
    expect(page.get_by_text("Picture 1 of")).to_be_visible()


@pytest.mark.feature
@pytest.mark.parametrize(
    ("path", "picture"),
    slow_but(1, [("attention", ".view"), ("steps", ".scene"), ("video", ".view")]),
)
def test_on_a_phone_the_picture_comes_before_the_choices(
    look: Look, path: str, picture: str
) -> None:
    page = look(f"/{path}", f"[data-testid={path}][data-ready=true]", width=390, touch=True)
    seen = page.locator(f"[data-testid={path}] {picture}").first.bounding_box()
    choices = page.locator(".st-key-part-choices").bounding_box()
    assert seen is not None
    assert choices is not None
    assert seen["y"] + seen["height"] <= 844
    assert choices["y"] > seen["y"] + seen["height"]
