"""The Steps page in a real Chromium: play, scrub, edit, and links that restore all of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from stnviz.checkpoints.library import default_library
from stnviz.ui.steps.model import KINDS
from tests.painted import reds
from tests.stepping import at_step
from tests.variants import slow_but

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

READY = "[data-testid=steps][data-ready=true]"
LIVE = "[data-testid=steps][data-live=on]"
SHIPPED = [
    data for data in KINDS if any(card.data == data for card in default_library().cards().values())
]

PLAYED = """(root, times) => {
    const steps = root.component, { transport } = steps;
    let next = null;
    window.requestAnimationFrame = (frame) => { next = frame; return 1; };
    const at = (now) => { const frame = next; frame(now); };
    transport.go(1, false);
    transport.place = times[0];
    transport.play();
    transport.place = times[0];
    at(0);
    return times.map((place) => {
        at((1000 * place - 1000 * times[0]) / transport.rate);
        const now = [...root.querySelectorAll(".ticks thead .now")].map((cell) => cell.innerText);
        return {
            place: transport.place,
            words: transport.words.textContent,
            slider: Number(transport.slider.value),
            tile: 1 + steps.strip.tiles.findIndex(({ root }) => root.ariaPressed === "true"),
            column: now.join(),
            said: 1 + steps.trace.head.predictions.findIndex(
                (one) => one.sentence === steps.said.textContent
            ),
            read: steps.reading.ariaLabel,
            unseen: getComputedStyle(steps.reading).visibility === "hidden",
            label: steps.scene.picture.ariaLabel,
        };
    });
}"""
"""Plays on a clock of its own from the first of some places on; what is told at each of them."""


@pytest.mark.smoke
@pytest.mark.parametrize("data", slow_but(1, SHIPPED))
def test_every_kind_is_drawn(look: Look, data: str) -> None:
    page = look(f"/steps?what={data}", READY)
    assert page.locator(".tile").count() >= 3
    assert reds(page.locator(".scene canvas.pixels")) > 5


@pytest.mark.feature
def test_scrubbing_lands_on_the_exact_look_and_a_link_restores_it(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&picture=7", READY)
    at_step(page, 4)
    slider = page.get_by_role("slider", name="Step")
    slider.fill("2")
    at_step(page, 2)
    page.get_by_role("button", name="One step on").click()
    at_step(page, 3)
    page.get_by_role("button", name="This step only").click()
    page.wait_for_function(
        "location.search.includes('tick=3') && location.search.includes('own=1')"
    )
    again = look(page.url[page.url.index("/steps") :], READY)
    at_step(again, 3)
    expect(again.get_by_role("button", name="This step only")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(again.get_by_text("picture 8 of")).to_be_visible()


@pytest.mark.feature
def test_playing_goes_through_every_look_and_ends_at_the_last(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=1", READY)
    at_step(page, 1)
    page.get_by_test_id("steps").evaluate(
        """({ component: steps }) => {
            window.seen = [];
            const frame = steps.frame.bind(steps);
            steps.frame = (place) => { window.seen.push(steps.state.tick); frame(place); };
        }"""
    )
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=20_000)
    assert [*dict.fromkeys(page.evaluate("window.seen"))] == [1, 2, 3, 4]
    at_step(page, 4)


@pytest.mark.feature
@pytest.mark.parametrize(
    "query", slow_but(1, ["steps?what=mnist-perturbed&tick=1", "video?frame=10"])
)
def test_slow_takes_as_long_as_it_says_from_where_it_is(look: Look, query: str) -> None:
    """On a clock of our own: a quarter of a second, another one slowly, another one as before."""
    which = query[: query.index("?")]
    page = look(f"/{query}", f"[data-testid={which}][data-ready=true]")
    places, rate = page.get_by_test_id(which).evaluate(
        """({ component: { transport } }) => {
            let next = null;
            window.requestAnimationFrame = (frame) => { next = frame; return 1; };
            const at = (now) => { const frame = next; frame(now); return transport.place; };
            transport.play();
            const places = [at(1000), at(1250)];
            transport.slow.click();
            places.push(at(1500));
            transport.slow.click();
            places.push(at(1750));
            return [places, transport.rate];
        }"""
    )
    quarters = [after - before for before, after in pairwise(places)]
    assert quarters == pytest.approx([rate / 4, rate / 4 / 2.5, rate / 4])


@pytest.mark.feature
def test_keys_go_from_look_to_look(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=1", READY)
    page.get_by_role("button", name="This step only").focus()
    for key, tick in (("ArrowRight", 2), ("End", 4), ("ArrowRight", 4), ("Home", 1)):
        page.keyboard.press(key)
        at_step(page, tick)
    page.get_by_role("slider", name="Step").focus()
    for key, tick in (("PageDown", 4), ("PageUp", 1), ("ArrowRight", 2)):
        page.keyboard.press(key)
        at_step(page, tick)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("model", "key"), slow_but(1, [("ic-stn-4-projective", "Control+End"), ("cnn", "ArrowRight")])
)
def test_keys_of_the_browser_and_of_what_is_hidden_do_nothing(
    look: Look, model: str, key: str
) -> None:
    page = look(f"/steps?what=mnist-perturbed&model=mnist-perturbed/{model}&tick=2", READY)
    before = page.get_by_test_id("steps").evaluate("({ component: steps }) => steps.state.tick")
    page.get_by_role("button", name="The next picture").focus()
    page.keyboard.press(key)
    assert (
        page.get_by_test_id("steps").evaluate("({ component: steps }) => steps.state.tick")
        == before
    )


@pytest.mark.feature
def test_a_pause_stays_where_it_is(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=1&slow=1", READY)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    held = page.get_by_role("slider", name="Step").input_value()
    page.wait_for_timeout(3500)
    assert page.get_by_role("slider", name="Step").input_value() == held


@pytest.mark.slow
@pytest.mark.feature
def test_a_phone_shows_picture_and_reading_side_by_side(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed", READY, width=390, touch=True)
    scene, reading = (page.locator(name).bounding_box() for name in (".scene", ".reading"))
    assert scene is not None
    assert reading is not None
    assert reading["x"] >= scene["x"] + scene["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.feature
def test_keys_go_on_where_a_button_had_its_last_press(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=3", READY)
    page.get_by_role("button", name="One step on").click()
    at_step(page, 4)
    page.keyboard.press("ArrowLeft")
    at_step(page, 3)
    page.locator(".answer").click()
    page.keyboard.press("Home")
    at_step(page, 1)
    page.get_by_role("button", name="Move corner 1").focus()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.exception
def test_another_network_ends_the_playing_and_the_look_stays(look: Look) -> None:
    page = look("/steps?what=mnist-perturbed&tick=1&slow=1", READY)
    page.get_by_role("button", name="Play").click()
    page.get_by_text("Plain CNN", exact=True).first.click()
    expect(page.locator(".tile").first).to_be_hidden()
    page.get_by_text("IC-STN-4 projective", exact=True).first.click()
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at_step(page, 1)


@pytest.mark.law
@pytest.mark.parametrize("still", slow_but(1, [False, True]), ids=["moving", "reduced motion"])
def test_what_is_told_is_of_the_last_look_whose_window_is_there(look: Look, still: bool) -> None:
    page = look("/steps?what=sequences&picture=5&tick=1", READY)
    page.emulate_media(reduced_motion="reduce" if still else "no-preference")
    places = [1.05, 1.3, 1.55, 1.65, 1.95, 2.05, 2.5, 2.7, 3.0]
    done = [1, 1, 1, 2, 2, 2, 2, 3, 3]
    found = page.get_by_test_id("steps").evaluate(PLAYED, places)
    for place, look_done, told in zip(places, done, found, strict=True):
        on_its_way = place - look_done > 1e-6 and not still
        assert told["place"] == pytest.approx(place)
        assert told["words"] == f"step {look_done} of 3"
        assert (told["slider"], told["tile"], told["said"]) == (look_done,) * 3
        assert told["column"] == f"step {look_done}"
        assert (told["read"], told["unseen"]) == (f"What step {look_done} reads", False)
        goal = f"{look_done + 1} on its way" if on_its_way else str(look_done)
        assert told["label"] == f"The picture, with the window of step {goal}"


@pytest.mark.slow
@pytest.mark.feature
def test_before_the_first_window_is_there_nothing_is_told(look: Look) -> None:
    page = look("/steps?what=sequences&picture=5&tick=1", READY)
    page.emulate_media(reduced_motion="no-preference")
    early, late = page.get_by_test_id("steps").evaluate(PLAYED, [0.3, 0.7])
    assert (early["said"], early["unseen"]) == (0, True)
    assert (late["said"], late["unseen"]) == (1, False)
