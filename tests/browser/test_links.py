"""Links in a real Chromium: what they hide, how large type is, and pages in frames of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.variants import slow_but

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

PLAY = "[data-testid=stage][data-ready=true]"
ATTENTION = "[data-testid=attention][data-ready=true]"

SMALL = """() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (["STYLE", "SCRIPT", "OPTION"].includes(element.tagName)) continue;
      const words = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
      if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < 24) found.push(`${size} px: ${element.textContent.trim().slice(0, 40)}`);
    }
  };
  walk(document);
  return found;
}"""
"""All visible words whose type is smaller than 24 px."""

FRAMING = """([source]) => {
  window.told = [];
  addEventListener("message", ({ data }) => {
    if (!data?.type?.startsWith?.("stnviz:")) return;
    window.told.push(data);
    if (data.height) document.querySelector("iframe").style.height = `${data.height}px`;
  });
  document.body.innerHTML = "<iframe style='width: 900px; height: 600px'></iframe>";
  document.querySelector("iframe").src = source;
}"""
"""Replaces a page by one that frames another, as high as that says, and notes its messages."""


def told(page: Page, kind: str) -> list[dict[str, object]]:
    """The messages of one type, as soon as there is one: they come from another document."""
    page.wait_for_function("(kind) => window.told.some(({ type }) => type === kind)", arg=kind)
    messages: list[dict[str, object]] = page.evaluate("window.told")
    return [message for message in messages if message.get("type") == kind]


@pytest.mark.feature
def test_hidden_parts_are_not_there_for_anybody(look: Look) -> None:
    page = look("/?hide=theta,answer,choices", PLAY)
    for part in ("theta", "prediction"):
        expect(page.get_by_test_id(part).first).to_be_hidden()
    expect(page.get_by_text("Do they cancel?").first).to_be_visible()
    expect(page.get_by_text("Among clutter")).to_have_count(0)
    labels = page.locator("[data-testid=output] canvas").first.get_attribute("aria-label")
    assert labels is not None
    assert "reads" not in labels
    other = look("/attention?hide=answer,choices", ATTENTION)
    expect(other.get_by_test_id("answer")).to_be_hidden()
    expect(other.get_by_text("Adding digits")).to_be_hidden()
    assert other.locator(".view canvas").first.get_attribute("aria-label") == "The picture"


@pytest.mark.exception
def test_what_a_page_cannot_hide_is_said(look: Look) -> None:
    page = look("/?hide=theta,<b>x</b>&size=tiny", PLAY)
    toasts = page.get_by_test_id("stToast")
    expect(toasts.filter(has_text="The link hides <b>x</b>")).to_be_visible()
    expect(toasts.filter(has_text="size must be")).to_be_visible()
    page.wait_for_function("location.search === '?hide=theta'")
    expect(page.get_by_test_id("theta").first).to_be_hidden()


@pytest.mark.feature
def test_the_view_stays_in_the_link(look: Look) -> None:
    page = look("/?hide=theta&size=large", PLAY)
    page.get_by_role("button", name="Turn the digit").first.press("ArrowRight")
    page.wait_for_function("location.search.includes('angle=')")
    for view in ("hide=theta", "size=large"):
        assert view in page.url
    expect(page.get_by_test_id("theta").first).to_be_hidden()
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_test_id("stage").get_attribute("data-link")
    assert link is not None
    assert link.endswith("&hide=theta&size=large")


@pytest.mark.feature
@pytest.mark.parametrize(
    ("path", "ready", "picture"),
    slow_but(
        1,
        [
            ("/?size=large", PLAY, "[data-testid=input]"),
            ("/attention?size=large", ATTENTION, "[data-testid=attention] .view"),
        ],
    ),
)
def test_large_type_is_read_from_the_last_row(
    look: Look, path: str, ready: str, picture: str
) -> None:
    page = look(path, ready, width=1024)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_timeout(300)
    assert page.evaluate(SMALL) == []
    box = page.locator(picture).first.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024


@pytest.mark.feature
def test_an_embedded_page_leaves_the_keys_until_it_is_clicked(look: Look, address: str) -> None:
    page = look("/_stcore/health", "body")
    page.evaluate(FRAMING, [f"{address}/?embed=true"])
    frame = page.frame_locator("iframe")
    frame.locator(PLAY).wait_for()
    expect(frame.get_by_test_id("stHeader")).to_be_hidden()
    page.wait_for_timeout(500)
    height = told(page, "stnviz:height")[-1]["height"]
    content = frame.locator(".stMainBlockContainer").bounding_box()
    assert content is not None
    assert height == pytest.approx(content["height"], abs=1)
    picture = frame.get_by_test_id("input").first.bounding_box()
    assert picture is not None
    assert picture["height"] < 250  # it does not grow with a frame that grows with it
    assert not frame.locator(".hint").is_visible()

    turn = frame.get_by_role("slider", name="Turn").first
    before = turn.input_value()
    box = frame.locator(PLAY).locator("[data-testid=input]").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 60, box["y"] + 60)
    assert told(page, "stnviz:active")[-1]["active"] is True
    assert turn.input_value() == before  # the click has only activated the page
    page.keyboard.press("ArrowRight")
    assert told(page, "stnviz:key") == [{"type": "stnviz:key", "key": "ArrowRight"}]
    frame.get_by_role("button", name="Turn the digit").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert turn.input_value() != before
    assert len(told(page, "stnviz:key")) == 1  # the stage has used this one
    page.keyboard.press("Escape")
    page.wait_for_function("window.told.at(-1).active === false")
    assert page.evaluate("document.hasFocus()")


def scanned(code: Any) -> str:
    """The text of a code; like a camera, the detector may need it larger, or smaller."""
    for size in (1.0, 2.0, 1.5, 0.75):
        larger = cv2.resize(code, None, fx=size, fy=size, interpolation=cv2.INTER_NEAREST)
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(larger)
        if text:
            return str(text)
    return ""


@pytest.mark.oracle
@pytest.mark.parametrize("theme", slow_but(1, ["dark", "light"]))
def test_the_dialog_makes_a_link_and_its_code(look: Look, theme: str) -> None:
    page = look("/attention?what=mnist-addition&hide=answer&picture=3", ATTENTION)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_label("Predictions")).to_be_checked()
    page.get_by_label("Facts and tables").check()
    page.get_by_label("Large type").check()
    wanted = f"{page.url.replace('&hide=answer', '')}&hide=answer,facts&size=large"
    expect(page.get_by_label("Link", exact=True)).to_have_value(wanted)
    expect(page.get_by_label("Frame for")).to_have_value(re.compile("&amp;embed=true"))
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == wanted
    page.locator(".code:not([data-waits]) svg").wait_for()
    seen = np.frombuffer(page.locator(".code svg").screenshot(), np.uint8)
    assert scanned(cv2.imdecode(seen, cv2.IMREAD_GRAYSCALE)) == wanted
    page.keyboard.press("Escape")
    expect(page.get_by_label("Link to this page")).to_be_hidden()
    assert "facts" not in page.url  # it makes a link, and leaves this page as it is
