"""Editing on the Steps page in a real Chromium: a pointer, the answers and the link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.stepping import at_step

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=steps][data-ready=true]"
LIVE = "[data-testid=steps][data-live=on]"


def drag(page: Page, knob: Locator, right: float, down: float) -> FloatRect:
    """Take hold of it and pull it by so many pixels; where it was. It is still held."""
    box = knob.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=8)
    return box


@pytest.mark.feature
def test_a_digit_that_is_dragged_is_answered_at_once_and_is_in_the_link(look: Look) -> None:
    page = look("/steps?what=sequences&picture=2", LIVE)
    before = page.locator(".tile canvas.read").first.evaluate("canvas => canvas.toDataURL()")
    drag(page, page.get_by_role("button", name="Move digit 1"), 20, -60)
    root = page.get_by_test_id("steps").element_handle()
    page.wait_for_function(
        "([root, before]) => root.querySelector('.tile canvas.read').toDataURL() !== before",
        arg=[root, before],
    )
    page.mouse.up()
    page.wait_for_function("location.search.includes('handles=')")
    again = look(page.url[page.url.index("/steps") :], READY)
    expect(again.get_by_role("button", name="As it was")).to_be_enabled()


@pytest.mark.feature
def test_without_the_live_route_the_page_answers(look: Look) -> None:
    page = look("/steps?what=sequences", READY, live=False)
    before = page.get_by_test_id("answer").inner_text()
    page.get_by_role("button", name="The next picture").click()
    expect(page.get_by_text("picture 2 of")).to_be_visible()
    expect(page.get_by_test_id("answer")).not_to_have_text(before)


@pytest.mark.feature
def test_back_takes_one_deed_back(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&picture=4&tick=4", READY)
    page.get_by_role("button", name="One step back").click()
    page.wait_for_function("location.search.includes('tick=3')")
    page.get_by_role("button", name="The next picture").click()
    page.wait_for_function("location.search.includes('picture=5')")
    page.go_back()
    page.wait_for_function("location.search.includes('picture=4')")
    expect(page.get_by_text("picture 5 of")).to_be_visible()
    at_step(page, 3)
    page.go_back()
    at_step(page, 4)


@pytest.mark.feature
def test_a_corner_that_lies_far_out_comes_with_the_hand(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&handles=-1,-1;1,-1;1.8,1.8;-1,1", LIVE)
    knob = page.get_by_role("button", name="Move corner 3")
    box = drag(page, knob, -40, -60)
    page.mouse.up()
    there = knob.bounding_box()
    assert there is not None
    assert there["x"] - box["x"] == pytest.approx(-40, abs=1)
    assert there["y"] - box["y"] == pytest.approx(-60, abs=1)


@pytest.mark.exception
def test_a_corner_that_cannot_lie_there_goes_back_and_the_others_stay(look: Look) -> None:
    legal = "-1,-1;1,-1;1.1,1.1;-1,0.9"
    page = look(f"/steps?what=mnist-perturbed&handles={legal}", LIVE)
    knob, other = (page.get_by_role("button", name=f"Move corner {k}") for k in (4, 1))
    target = other.bounding_box()
    assert target is not None
    knob.hover()
    page.mouse.down()
    page.mouse.move(target["x"] + 18, target["y"] + 18, steps=6)
    expect(page.locator(".problem")).to_contain_text("Pull the four corners apart")
    page.mouse.up()
    page.wait_for_timeout(1500)
    handles = page.get_by_test_id("steps").evaluate("({ component: steps }) => steps.state.handles")
    assert [round(u, 1) for u in handles[2]] == [1.1, 1.1]
    assert page.locator("[data-testid=stAlert]").count() == 0
    again = look(page.url[page.url.index("/steps") :], READY)
    assert again.locator("[data-testid=stAlert]").count() == 0
