"""The stage under a real hand, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from stnviz.live.engine import Engine
from stnviz.live.protocol import decode_answer, parse_request
from tests.variants import slow_but

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]

LINK = "/?data=mnist-r&models=mnist-r/st-cnn-affine,mnist-r/cnn&digit=22&seed=0&angle=0.5"
THETA = "[data-testid=theta]"


def theta(page: Page) -> str:
    return page.locator(THETA).first.inner_text()


def changed(page: Page, before: str) -> str:
    """Wait until theta reads otherwise than ``before``."""
    page.wait_for_function(
        """before => {
            const roots = [document];
            for (const host of document.querySelectorAll('*'))
                if (host.shadowRoot) roots.push(host.shadowRoot);
            const found = roots.map(r => r.querySelector('[data-testid=theta]')).find(Boolean);
            return found && found.innerText !== before;
        }""",
        arg=before,
    )
    return theta(page)


def settled(page: Page) -> str:
    """Theta once every question is answered and it has stood still for a while."""
    if page.locator("[data-testid=stage][data-live=on]").count():
        page.wait_for_selector("[data-testid=stage][data-live=on][data-busy=false]")
    last = ""
    while (now := theta(page)) != last:
        last = now
        page.wait_for_timeout(400)
    return now


def middle(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixels(canvas: Locator) -> np.ndarray:
    width, height, data = canvas.evaluate(
        """c => { const all = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        return [c.width, c.height, [...all.data]]; }"""
    )
    return np.array(data, np.uint8).reshape(height, width, 4)


@pytest.mark.feature
def test_theta_follows_while_the_hand_moves(visit: Visit) -> None:
    page = visit(LINK)
    before = settled(page)
    x, y = middle(page.locator("[data-testid=input]").first)
    page.mouse.move(x + 60, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 40, steps=4)
    during = changed(page, before)  # the button is still down
    page.mouse.move(x, y + 70, steps=4)
    later = changed(page, during)
    page.mouse.up()
    assert len({before, during, later}) == 3
    assert page.evaluate("performance.getEntriesByName('stnviz:answer').length") >= 2


@pytest.mark.feature
def test_the_canvas_holds_the_tensor(visit: Visit) -> None:
    page = visit(LINK)
    settled(page)
    request = {
        "version": 1,
        "id": 1,
        "models": ["mnist-r/st-cnn-affine", "mnist-r/cnn"],
        "source": {"digit": 22},
        "distortion": {"name": "mnist-r", "values": {"angle": 0.5}},
    }
    answer = Engine().submit(parse_request(json.dumps(request))).result(timeout=60)
    _, arrays = decode_answer(answer)
    shown = pixels(page.locator("[data-testid=input] canvas.pixels").first)
    assert np.array_equal(shown[..., 0], arrays["input"])
    assert (shown[..., 3] == 255).all()
    output = pixels(page.locator("[data-testid=output] canvas.pixels").first)
    assert np.abs(output[..., 1].astype(int) - arrays["0.output"]).max() <= 1


@pytest.mark.feature
def test_a_copied_link_restores_theta(visit: Visit) -> None:
    page = visit("/")
    slider = page.get_by_label("Turn", exact=True)
    slider.focus()
    before = settled(page)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    changed(page, before)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    now = settled(page)
    assert "angle=" in link
    again = visit(link[link.index("/?") :])
    assert settled(again) == now
    prediction = "[data-testid=prediction]"
    assert again.locator(prediction).all_inner_texts() == page.locator(prediction).all_inner_texts()


@pytest.mark.feature
def test_the_address_follows_when_the_hand_lets_go(visit: Visit) -> None:
    page = visit(LINK)
    slider = page.get_by_label("Turn", exact=True)
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_url("**angle=3.14159*")
    now = settled(page)
    page.reload()
    page.wait_for_selector("[data-testid=stage][data-live=on]")
    assert settled(page) == now


@pytest.mark.feature
def test_the_browsers_back_restores_the_state_before(visit: Visit) -> None:
    page = visit(LINK)
    first = settled(page)
    page.get_by_label("Turn", exact=True).focus()
    page.keyboard.press("End")
    page.wait_for_url("**angle=3.14159*")
    second = settled(page)
    assert second != first
    page.go_back()
    assert changed(page, second) == first or settled(page) == first


@pytest.mark.feature
def test_the_keyboard_is_enough(visit: Visit) -> None:
    page = visit(LINK)
    before = settled(page)
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        label = page.evaluate(
            """() => { let at = document.activeElement;
            while (at && at.shadowRoot) at = at.shadowRoot.activeElement;
            return at ? at.getAttribute('aria-label') || at.innerText : ''; }"""
        )
        reached.add(label)
        if label == "Turn the digit":
            page.keyboard.press("ArrowRight")
            before = changed(page, before)
        if label == "Turn":
            page.keyboard.press("ArrowLeft")
            changed(page, before)
            break
    assert {"Turn the digit", "Turn", "Shuffle", "Draw"} <= reached


@pytest.mark.feature
def test_a_phone_has_both_pictures_side_by_side_and_takes_a_finger(visit: Visit) -> None:
    page = visit(LINK, width=390, touch=True)
    before = settled(page)
    view, output = page.locator("[data-testid=input]").first, page.locator("[data-testid=output]")
    left, right = view.bounding_box(), output.first.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert abs((left["y"] + left["height"] / 2) - (right["y"] + right["height"] / 2)) < 4
    assert right["x"] + right["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    view.scroll_into_view_if_needed()
    x, y = middle(view)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": px, "y": py} for px, py in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    touch("touchStart", (x + 60, y))
    for step in range(1, 9):
        touch("touchMove", (x + 60, y + 6 * step))
    changed(page, before)
    touch("touchEnd")


@pytest.mark.feature
def test_without_the_live_route_the_page_itself_answers(visit: Visit) -> None:
    page = visit(LINK, live=False)
    assert page.locator("[data-testid=stage]").get_attribute("data-live") == "off"
    page.get_by_text("out of reach").wait_for()
    before = settled(page)
    turn = page.get_by_label("Turn", exact=True)
    turn.focus()
    page.keyboard.press("Home")
    before = changed(page, before)
    value = turn.input_value()
    page.get_by_role("button", name="Another sample").click()
    changed(page, before)
    assert turn.input_value() != value
    page.wait_for_url(lambda url: "angle=-3.14" not in url)


@pytest.mark.feature
def test_another_sample_reset_sweep_and_draw(visit: Visit) -> None:
    page = visit(LINK)
    before = settled(page)
    page.get_by_role("button", name="Another sample").click()
    sampled = changed(page, before)
    page.get_by_role("button", name="Reset").click()
    changed(page, sampled)
    turn = page.get_by_label("Turn", exact=True).get_attribute("aria-valuetext") or ""
    assert turn.strip("\u2007") == "0\u00b0"

    page.get_by_role("button", name="Play", exact=True).click()
    resting = settled_or_moving(page)
    changed(page, resting)
    page.get_by_role("button", name="Pause").click()
    still = settled(page)
    page.get_by_role("button", name="One step on").click()
    stepped = changed(page, still)

    page.get_by_role("button", name="Draw").click()
    x, y = middle(page.locator("canvas.pad"))
    page.mouse.move(x, y - 60)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=6)
    page.mouse.up()
    changed(page, stepped)
    page.wait_for_url("**ink=*")


def settled_or_moving(page: Page) -> str:
    page.wait_for_timeout(200)
    return theta(page)


@pytest.mark.feature
def test_shuffle_offers_ten_other_digits(visit: Visit) -> None:
    page = visit(LINK)
    thumbs = page.locator("button.thumb")
    before = [face.get_attribute("aria-label") for face in thumbs.all()]
    page.get_by_role("button", name="Shuffle").click()
    page.wait_for_timeout(1500)
    after = [face.get_attribute("aria-label") for face in thumbs.all()]
    assert len(after) == 10
    assert before != after
    now = settled(page)
    thumbs.nth(3).click()
    changed(page, now)


@pytest.mark.feature
@pytest.mark.parametrize(
    ("data", "handle"),
    slow_but(1, [("mnist-p", "Pull corner 1"), ("mnist-e", "Pull spline point 6")]),
)
def test_points_can_be_pulled(visit: Visit, data: str, handle: str) -> None:
    page = visit(LINK.replace("data=mnist-r", f"data={data}").replace("&angle=0.5", ""))
    before = settled(page)
    point = page.get_by_label(handle, exact=True).first
    x, y = middle(point)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 18, steps=5)
    changed(page, before)
    page.mouse.up()
    moved_x, moved_y = middle(point)
    assert (round(moved_x - x), round(moved_y - y)) == (20, 18)
    page.wait_for_url("**_x=*")
