"""Training, the time machine and the results, in a real Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from stnviz.settings import runs_folder
from tests.watched import leave_traces

pytestmark = pytest.mark.browser
Look = Callable[..., Page]

REPLAY = "[data-testid=replay][data-ready=true]"
SNAPSHOT = "[data-testid=snapshot]"
MACHINE = "/time_machine?run=mnist-r/st-cnn-affine"
LONG = 300_000


def step(page: Page) -> int:
    """The training step that the replay shows."""
    found = re.match(r"Step ([\d,]+)", page.locator(SNAPSHOT).inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def progress(page: Page, pattern: str) -> None:
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(pattern), timeout=LONG)


@pytest.mark.slow
@pytest.mark.feature
def test_a_run_is_started_followed_left_stopped_resumed_and_played_with(look: Look) -> None:
    page = look("/train?steps=1000", "text=Start")
    page.get_by_role("radio", name="FCN", exact=True).click()
    expect(page.get_by_text("Transform", exact=True)).to_have_count(0, timeout=LONG)
    expect(page.get_by_text("An earlier training")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("An earlier training")).to_have_count(0, timeout=LONG)
    page.wait_for_selector(REPLAY, timeout=LONG)
    first = step(page)
    page.wait_for_function(
        """before => {
            for (const host of document.querySelectorAll('*')) {
                const said = host.shadowRoot?.querySelector('[data-testid=snapshot]')?.innerText;
                if (said && Number(said.match(/[\\d,]+/)[0].replace(',', '')) > before) return true;
            }
        }""",
        arg=first,
        timeout=LONG,
    )
    page.reload()
    page.wait_for_selector(REPLAY, timeout=LONG)
    assert step(page) > first
    page.get_by_role("button", name="Stop", exact=True).click()
    progress(page, r"Stopped at step [\d,]+ of 1,000")
    page.get_by_role("button", name="Resume", exact=True).click()
    progress(page, r"Finished, error \d+\.\d\d %")
    page.get_by_role("link", name="Play with it").click()
    page.wait_for_selector("[data-testid=stage][data-live=on][data-ready=true]")
    expect(page.get_by_test_id("prediction")).to_have_count(1)
    assert "runs/mnist-r-fcn" in unquote(page.url)


@pytest.mark.feature
def test_the_time_machine_goes_back_step_by_step_and_a_link_restores_it(look: Look) -> None:
    page = look(MACHINE, REPLAY)
    last = step(page)
    slider = page.get_by_role("slider", name="Snapshot")
    slider.press("Home")
    assert step(page) == 0
    page.get_by_role("button", name="One snapshot on").click()
    early = step(page)
    assert 0 < early < last
    page.locator(".wall .tile").nth(3).click()
    page.wait_for_url("**picture=3**")
    said = page.get_by_test_id("pose").inner_text()
    again = look(page.url.removeprefix(page.url.split("/time_machine")[0]), REPLAY)
    assert step(again) == early
    assert again.get_by_test_id("pose").inner_text() == said


@pytest.mark.feature
def test_playing_runs_to_the_end_and_can_be_paused(look: Look) -> None:
    page = look(MACHINE, REPLAY)
    last = step(page)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).click()
    paused = step(page)
    assert paused < last
    page.wait_for_timeout(500)
    assert step(page) == paused
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(SNAPSHOT)).to_contain_text(f"Step {last:,}", timeout=30_000)
    page.get_by_role("button", name="Play", exact=True).wait_for()


@pytest.mark.slow
@pytest.mark.feature
def test_the_time_machine_fits_a_phone(look: Look) -> None:
    page = look(MACHINE, REPLAY, width=390, touch=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


@pytest.mark.feature
def test_the_results_are_drawn(look: Look) -> None:
    page = look("/results", "[data-testid=image-grid][data-ready=true]")
    expect(page.locator("table.table1 tbody tr")).to_have_count(8)
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=LONG)
    walls = page.locator("[data-testid=image-grid][data-ready=true]")
    expect(walls).to_have_count(3, timeout=LONG)
    expect(walls.last.locator(".tile")).to_have_count(10)


@pytest.mark.feature
def test_a_watched_training_is_played_from_its_traces(look: Look) -> None:
    folder = runs_folder() / "watched-here"
    leave_traces(folder)
    try:
        page = look("/time_machine?run=watched/watched-here", REPLAY)
    finally:
        shutil.rmtree(folder)
    expect(page.locator(SNAPSHOT)).to_have_text(
        "Step 20 of 20: windows moved by 0.200, differ by 0.000 half pictures"
    )
    expect(page.get_by_test_id("pose")).to_have_text(
        "This 0 is read as class 0, 100 % sure. Its window: turn 0\u00b0, size 50 \u00d7 50 %, "
        "shift +0.20, 0.00."
    )
    page.get_by_role("slider", name="Snapshot").press("Home")
    assert step(page) == 0
