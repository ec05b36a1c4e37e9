"""The Video page in a real Chromium: it plays, it scrubs to the frame, a link restores it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stnviz.data.clips import read_clip
from tests.clips import encoded, square_moves
from tests.painted import PIXELS

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=video][data-ready=true]"


def shown(page: Page) -> int:
    """The frame on the screen, from 0."""
    return int(page.get_by_test_id("video").get_attribute("data-frame") or -1)


def wait_for_frame(page: Page, frame: int) -> None:
    page.wait_for_selector(f"[data-testid=video][data-frame='{frame}']")


def picture(page: Page) -> list[int]:
    pixels: list[int] = page.locator(".view canvas.pixels").evaluate(PIXELS)
    return pixels


@pytest.mark.smoke
@pytest.mark.parametrize(
    "query",
    [
        "",
        pytest.param("model=numbers-64/st-cnn-multi-affine", marks=pytest.mark.slow),
        pytest.param("clip=crossing&model=mnist-tc/st-cnn-affine", marks=pytest.mark.slow),
    ],
)
def test_a_clip_is_drawn_with_what_is_read(look: Look, query: str) -> None:
    page = look(f"/video?frame=0&{query}", READY)
    assert len(set(picture(page))) > 5
    assert len(set(page.get_by_role("img", name="What window A reads").evaluate(PIXELS))) > 5
    expect(page.get_by_test_id("answer")).to_contain_text("Read as")
    expect(page.get_by_text("Window A")).to_be_visible()


@pytest.mark.feature
def test_it_plays_pauses_and_ends(look: Look) -> None:
    page = look("/video?frame=10", READY)
    first = picture(page)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_test_id("video")).not_to_have_attribute("data-frame", "10")
    page.get_by_role("button", name="Pause").click()
    stopped = shown(page)
    assert stopped > 10
    assert picture(page) != first
    page.wait_for_timeout(400)
    assert shown(page) == stopped
    page.wait_for_function(f"location.search.includes('frame={stopped}')")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("location.search.includes('frame=119')")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.feature
def test_scrubbing_lands_on_the_exact_frame(look: Look) -> None:
    page = look("/video?frame=0&clip=turning", READY)
    slider = page.get_by_role("slider", name="Frame")
    for frame in (77, 3, 119, 40):
        slider.fill(str(frame))
        wait_for_frame(page, frame)
        expect(page.get_by_test_id("place")).to_contain_text(f"{frame + 1} of 120")
    scrubbed = picture(page)
    page.wait_for_function("location.search.includes('frame=40')")
    linked = look(page.url[page.url.index("/video") :], READY)
    wait_for_frame(linked, 40)
    assert picture(linked) == scrubbed


@pytest.mark.feature
def test_the_curve_can_be_pulled(look: Look) -> None:
    page = look("/video?frame=0", READY)
    curve = page.get_by_test_id("moves")
    box = curve.bounding_box()
    assert box is not None
    left, right = 48, box["width"] - 12  # as in moves.js
    curve.click(position={"x": (left + right) / 2, "y": 40})
    page.wait_for_function("/frame=(59|60)\\b/.test(location.search)")
    assert shown(page) in (59, 60)
    assert "half pictures" in (curve.get_attribute("aria-label") or "")


@pytest.mark.slow
@pytest.mark.exception
def test_a_pull_that_began_elsewhere_leaves_the_curve_alone(look: Look) -> None:
    page = look("/video?frame=5", READY)
    box = page.get_by_test_id("moves").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] - 30, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40, steps=4)
    page.mouse.up()
    assert shown(page) == 5


@pytest.mark.feature
def test_keys_step_and_play(look: Look) -> None:
    page = look("/video?frame=20", READY)
    page.get_by_role("button", name="Grid").focus()
    for key, frame in (("ArrowRight", 21), ("PageDown", 31), ("ArrowLeft", 30), ("Home", 0)):
        page.keyboard.press(key)
        wait_for_frame(page, frame)
    page.get_by_role("slider", name="Frame").focus()
    page.keyboard.press("ArrowRight")
    wait_for_frame(page, 1)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.feature
def test_a_link_restores_clip_network_frame_and_grid(look: Look) -> None:
    page = look("/video?clip=crossing&digit=57&seed=4&frame=33&model=mnist-tc/st-cnn-affine", READY)
    page.get_by_role("button", name="Grid").click()
    page.wait_for_function("location.search.includes('grid=1')")
    wait_for_frame(page, 33)
    again = look(page.url[page.url.index("/video") :], READY)
    wait_for_frame(again, 33)
    expect(again.get_by_role("button", name="Grid")).to_have_attribute("aria-pressed", "true")
    assert picture(again) == picture(page)
    expect(again.get_by_test_id("answer")).to_have_text(page.get_by_test_id("answer").inner_text())


@pytest.mark.slow
@pytest.mark.feature
def test_nothing_moves_by_itself_where_little_motion_is_wanted(look: Look) -> None:
    page = look("/video", READY)  # the tests' browser asks for little motion
    page.wait_for_timeout(700)
    assert shown(page) == 0
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.feature
def test_a_clip_goes_in_and_comes_out_with_windows_on_it(look: Look, tmp_path: Path) -> None:
    page = look("/video?frame=0", READY)
    page.get_by_text("Watch a clip of your own").click()
    file = {"name": "square.webm", "mimeType": "video/webm",
            "buffer": encoded(square_moves(12), "webm", "libvpx")}  # fmt: skip
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_test_id("place")).to_have_text(re.compile("of 12$"))
    page.get_by_role("button", name="Save as MP4").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download MP4").click()
    coming.value.save_as(tmp_path / "saved.mp4")
    assert coming.value.suggested_filename == "stnviz-clip.mp4"
    assert len(read_clip((tmp_path / "saved.mp4").read_bytes())) == 12


@pytest.mark.slow
@pytest.mark.feature
def test_a_phone_shows_clip_and_reading_side_by_side(look: Look) -> None:
    page = look("/video?frame=0", READY, width=390, touch=True)
    view, tiles = (page.locator(name).bounding_box() for name in (".view", ".tiles"))
    assert view is not None
    assert tiles is not None
    assert tiles["x"] >= view["x"] + view["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.feature
@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("video?frame=0", "video"),
        pytest.param("attention?what=colocalise-t&snapshot=3", "replay", marks=pytest.mark.slow),
        pytest.param("time_machine?snapshot=3", "replay", marks=pytest.mark.slow),
        pytest.param("steps?what=mnist-perturbed", "steps", marks=pytest.mark.slow),
    ],
)
def test_slow_is_in_the_link_while_it_is_on(look: Look, query: str, which: str) -> None:
    ready = f"[data-testid={which}][data-ready=true]"
    page = look(f"/{query}", ready)
    slow = page.get_by_role("button", name="Slow")
    expect(slow).to_have_attribute("aria-pressed", "false")
    slow.click()
    page.wait_for_function("location.search.includes('slow=1')")
    again = look(page.url[page.url.index(f"/{query.split('?')[0]}") :], ready)
    slow = again.get_by_role("button", name="Slow")
    expect(slow).to_have_attribute("aria-pressed", "true")
    slow.click()
    again.wait_for_function("!location.search.includes('slow=')")
    expect(slow).to_have_attribute("aria-pressed", "false")


@pytest.mark.feature
def test_slow_while_a_training_plays_leaves_it_playing(look: Look) -> None:
    page = look("/time_machine?snapshot=0", "[data-testid=replay][data-ready=true]")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Slow").click()
    page.wait_for_function("location.search.includes('slow=1')")
    page.wait_for_timeout(500)  # what the page sends in answer is there by then
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    at = page.get_by_test_id("replay").evaluate("({ component: replay }) => replay.transport.place")
    page.wait_for_timeout(500)
    on = page.get_by_test_id("replay").evaluate("({ component: replay }) => replay.transport.place")
    assert on > at > 0
