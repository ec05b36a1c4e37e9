"""A digit in space, turned by hand in a real Chromium, on the Attention page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from stnviz.data.digits import gallery
from stnviz.data.volumes import extrude, rotation_about
from stnviz.live.links import FIRST_IN_SPACE, SPACE_ANGLES
from tests.browser.conftest import page_with

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

HERE = "/attention?what=mnist-volume"
READY = "[data-testid=volume][data-ready=true]"
LIVE = f"{READY}[data-live=on]"
TURNING = Path(__file__).parents[2] / "stnviz" / "ui" / "volume" / "turning.js"
NAMES = ("x_angle", "y_angle", "z_angle")


def angles_in(page: Page) -> list[float]:
    """The three angles in the page's address."""
    query = parse_qs(urlsplit(page.url).query)
    return [float(query[name][0]) for name in NAMES]


def flattened(digit: int, angles: Iterable[float]) -> Any:
    """(32, 32) bytes: a turned digit, flattened from the front as the package computes it."""
    clean = torch.from_numpy(gallery().images[digit])[None, None].float() / 255
    turned = rotation_about(*(torch.tensor([angle]) for angle in angles))
    return 255 * (extrude(clean, turned).sum(dim=2)[0, 0] / 8).clamp(0, 1).numpy()


def first_picture(page: Page) -> Any:
    """(32, 32) bytes: what the first network sees on the page."""
    shown = (
        page.get_by_test_id("seen")
        .first.locator("canvas")
        .evaluate(
            "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
            ".filter((_, k) => k % 4 === 0)"
        )
    )
    return torch.tensor(shown).reshape(32, 32).numpy()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag on the picture in space, from and to places in half pictures from its middle."""
    box = page.get_by_test_id("space").bounding_box()
    assert box is not None

    def place(at: tuple[float, float]) -> tuple[float, float]:
        x, y = at
        return box["x"] + box["width"] * (x + 1) / 2, box["y"] + box["height"] * (y + 1) / 2

    page.mouse.move(*place(start))
    page.mouse.down()
    page.mouse.move(*place(end), steps=8)
    page.mouse.up()


@pytest.fixture(scope="module", params=["turnOf", "anglesOf", "cornersOf", "angleOf"])
def turning(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[str, Page]]:
    """A page that knows one of the functions of ``turning.js``, and its name."""
    for page in page_with(chromium, TURNING, request.param):
        yield request.param, page


@pytest.mark.oracle
def test_the_page_turns_as_the_server_does(turning: tuple[str, Page]) -> None:
    name, page = turning
    for x, y, z in ((0.3, -0.7, 0.2), (-1.4, 1.2, 3.0), (0.0, 0.0, 0.0)):
        matrix = rotation_about(*(torch.tensor([angle]) for angle in (x, y, z)))[0]
        angles = dict(zip(NAMES, (x, y, z), strict=True))
        given: Any = matrix.tolist()
        expected: Any = angles
        if name == "turnOf":
            given, expected = angles, matrix.flatten().tolist()
        elif name == "cornersOf":
            shift = torch.tensor([0.1, 0.2, -0.3])
            given = torch.cat([matrix, shift[:, None]], dim=1).flatten().tolist()
            signs = torch.tensor([[2 * (k >> bit & 1) - 1 for bit in range(3)] for k in range(8)])
            expected = (signs.float() @ matrix.T + shift).flatten().tolist()
        elif name == "angleOf":
            expected = math.acos(max(-1.0, min(1.0, (float(matrix.trace()) - 1) / 2)))
        call = f"given => {{ const all = {name}(given); return all.flat?.() ?? all }}"
        found = page.evaluate(call, given)
        assert found == pytest.approx(expected, abs=2e-3 if name == "angleOf" else 1e-5)


@pytest.mark.smoke
def test_the_page_opens_with_a_solid_its_shadows_and_three_answers(look: Look) -> None:
    page = look(HERE, LIVE)
    expect(page.get_by_test_id("prediction")).to_have_count(3)
    page.get_by_test_id("said").wait_for()
    turned = rotation_about(*(torch.tensor([angle]) for angle in SPACE_ANGLES.values()))[0]
    degrees = round(math.degrees(math.acos((float(turned.trace()) - 1) / 2)))
    expect(page.get_by_test_id("said")).to_contain_text(f"Turned by {degrees}\u00b0.")
    assert first_picture(page) == pytest.approx(
        flattened(FIRST_IN_SPACE, SPACE_ANGLES.values()), abs=1.0
    )


@pytest.mark.feature
def test_dragging_turns_the_digit_and_the_link_restores_it(look: Look) -> None:
    page = look(HERE, LIVE)
    before = page.get_by_test_id("said").inner_text()
    drag(page, (-0.2, 0.0), (0.3, 0.1))
    page.wait_for_function("location.search.includes('y_angle')")
    angles = angles_in(page)
    assert angles != pytest.approx(list(SPACE_ANGLES.values()), abs=0.05)
    page.wait_for_selector("[data-testid=volume][data-busy=false]")
    assert first_picture(page) == pytest.approx(flattened(FIRST_IN_SPACE, angles), abs=2.0)
    expect(page.get_by_test_id("said")).not_to_have_text(before)
    after = page.get_by_test_id("said").inner_text().partition(".")[0]
    again = look(page.url[page.url.index("/attention") :], LIVE)
    expect(again.get_by_test_id("said")).to_contain_text(after)
    slider = page.get_by_role("slider", name="Turn sideways").get_attribute("aria-valuetext")
    expect(again.get_by_role("slider", name="Turn sideways")).to_have_js_property(
        "ariaValueText", slider
    )  # fmt: skip


@pytest.mark.feature
def test_the_digit_follows_the_hand_on_the_ball_and_on_the_rim(look: Look) -> None:
    page = look(f"{HERE}&x_angle=0&y_angle=0&z_angle=0", LIVE)
    expect(page.get_by_test_id("said")).to_contain_text("Turned by 0\u00b0.")
    drag(page, (0.0, 0.0), (0.25, 0.0))  # half a radian to the right, about an upright axis
    page.wait_for_function("!location.search.includes('y_angle=0&')")
    turned = rotation_about(*(torch.tensor([angle]) for angle in angles_in(page)))[0]
    assert math.acos((float(turned.trace()) - 1) / 2) == pytest.approx(0.5, abs=0.01)
    page.get_by_role("button", name="Face me").click()
    page.wait_for_function("location.search.includes('y_angle=0&')")
    drag(page, (0.95, 0.0), (0.0, 0.95))  # a quarter of a wheel, clockwise
    page.wait_for_function("!location.search.includes('y_angle=0&')")
    turned = rotation_about(*(torch.tensor([angle]) for angle in angles_in(page)))[0]
    assert math.acos((float(turned.trace()) - 1) / 2) == pytest.approx(math.pi / 2, abs=0.05)


@pytest.mark.feature
def test_keys_thumbnails_and_a_random_turn(look: Look) -> None:
    page = look(f"{HERE}&x_angle=0&y_angle=0&z_angle=0&digit={FIRST_IN_SPACE}", LIVE)
    space = page.get_by_test_id("space")
    space.focus()
    for _ in range(3):
        space.press("ArrowRight")
    expect(page.get_by_test_id("said")).to_contain_text("Turned by 15\u00b0.")
    page.get_by_role("button", name="Digit 3, number").click()
    page.wait_for_function(f"!location.search.includes('digit={FIRST_IN_SPACE}')")
    thumb = page.get_by_role("button", name="Digit 0, number")
    before = thumb.get_attribute("aria-label")
    page.get_by_role("button", name="Shuffle").click()
    expect(thumb).not_to_have_attribute("aria-label", before or "")
    page.get_by_role("button", name="Another turn").click()
    page.wait_for_function("!location.search.includes('x_angle=0&')")
    limits = [math.radians(limit) for limit in (60, 60, 45)]
    assert all(abs(a) <= limit for a, limit in zip(angles_in(page), limits, strict=True))


@pytest.mark.feature
def test_without_the_live_route_the_networks_follow_on_release(look: Look) -> None:
    page = look(HERE, READY, live=False)
    expect(page.get_by_text("the networks follow when you let go")).to_be_visible()
    seen = page.get_by_test_id("seen").first.locator("canvas")
    sum_of = "canvas => canvas.getContext('2d').getImageData(0, 0, 32, 32).data.join()"
    before = seen.evaluate(sum_of)
    drag(page, (0.0, 0.0), (0.4, -0.2))
    page.wait_for_function("location.search.includes('y_angle')")
    for _ in range(100):
        if seen.evaluate(sum_of) != before:
            break
        page.wait_for_timeout(100)
    assert seen.evaluate(sum_of) != before


@pytest.mark.exception
def test_an_address_that_cannot_be_used_is_answered_and_the_usual_stands(look: Look) -> None:
    page = look(f"{HERE}&y_angle=seven&ink=zzz", READY)
    expect(page.get_by_text("y_angle must be an angle in radians")).to_be_visible()
    expect(page.get_by_text("ink must be a drawn digit")).to_be_visible()
    expect(page.get_by_test_id("prediction")).to_have_count(3)


@pytest.mark.feature
def test_volumes_are_examined_on_debug_and_refused_where_there_is_no_place(look: Look) -> None:
    page = look(
        "/debug?model=mnist-volume/st-cnn-affine-3d", "[data-testid=debug][data-ready=true]"
    )
    expect(page.get_by_text("alive").first).to_be_visible()
