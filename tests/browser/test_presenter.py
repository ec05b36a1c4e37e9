"""The presenter in a real Chromium: keys, frames that load ahead, lists from files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

START = "[data-testid=present][data-ready=true]"
SHOWN = "iframe[data-shown=true]"
DRAWN = ".house[data-ready=true]:not([data-testid=link])"


@pytest.mark.feature
def test_keys_go_through_the_links(look: Look) -> None:
    page = look("/present?list=windows", START)
    shown = page.frame_locator(SHOWN)
    stage = shown.locator(DRAWN)
    stage.wait_for()
    expect(shown.get_by_test_id("prediction")).to_be_hidden()
    page.wait_for_function("[...document.querySelectorAll('*')].some((one) => "
                           "one.shadowRoot?.querySelectorAll('iframe').length === 2)")  # fmt: skip
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("2 / 7")).to_be_visible()
    page.wait_for_function("location.search.includes('at=2')")
    expect(shown.get_by_test_id("prediction")).to_be_visible()

    for beside in range(3):  # no frame is still loading when the keys are pressed
        page.frame_locator("iframe").nth(beside).locator(DRAWN).wait_for(state="attached")
    handle = shown.get_by_role("button", name="Turn the digit")
    turn = shown.get_by_role("slider", name="Turn")
    before = turn.input_value()
    shown.get_by_role("heading").first.click(force=True)  # the page takes part
    handle.focus()
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(turn).not_to_have_value(before)
    expect(page.get_by_text("2 / 7")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("PageDown")
    expect(page.get_by_text("3 / 7")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_text("1 / 7")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("1 / 7")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present the 7 links")).to_be_focused()
    assert page.locator("iframe").count() == 0


SWIPE = """(body, way) => {
  const at = (clientX) => new Touch({ identifier: 1, target: body, clientX, clientY: 200 });
  const [from, to] = [at(300), at(300 + way)];
  body.dispatchEvent(new TouchEvent("touchstart", { touches: [from], bubbles: true }));
  body.dispatchEvent(new TouchEvent("touchend", { changedTouches: [to], bubbles: true }));
}"""
"""Moves a finger so many pixels across a page."""


@pytest.mark.slow
@pytest.mark.feature
def test_a_finger_goes_through_the_links(look: Look) -> None:
    page = look("/present?list=windows&at=3", START, width=390, touch=True)
    shown = page.frame_locator(SHOWN)
    for way, place in ((-120, 4), (-20, 4), (120, 3)):
        shown.locator(DRAWN).wait_for()
        shown.locator("body").evaluate(SWIPE, way)
        expect(page.get_by_text(f"{place} / 7")).to_be_visible()


@pytest.mark.exception
def test_a_line_that_is_no_link_of_this_app_is_named(look: Look, address: str) -> None:
    page = look("/present", START)
    lines = (
        "# my lesson", "attention?what=birds # two windows", "https://example.org/attention",
        "javascript:alert(1)", "present?list=windows", f"{address}/?hide=theta", "//example.org/",
        "../attention<b>",
    )  # fmt: skip
    text = "\r\n".join(lines).encode()
    chosen = {"name": "list.txt", "mimeType": "text/plain", "buffer": text}
    page.get_by_label("A list of links").set_input_files(chosen)  # type: ignore[arg-type]
    problems = page.locator(".problems li")
    expect(problems).to_have_count(5)
    for problem, line in zip(problems.all(), (3, 4, 5, 7, 8), strict=True):
        expect(problem).to_contain_text(f"Line {line}, \u201c{lines[line - 1]}\u201d, is no link")
    page.get_by_role("button", name="Present the 2 links").click()
    expect(page.locator(SHOWN)).to_have_attribute(
        "src", f"{address}/attention?what=birds&embed=true"
    )
    page.get_by_role("button", name="The next link").click()
    expect(page.locator(SHOWN)).to_have_attribute("src", f"{address}/?hide=theta&embed=true")
