"""The Export button in front of a visitor."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

DIALOG = "[role=dialog]"


def opened(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()
    page.wait_for_selector(DIALOG)


def downloaded(page: Page) -> Path:
    page.get_by_role("button", name="Download").wait_for()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    return Path(coming.value.path()).rename(
        Path(coming.value.path()).with_name(coming.value.suggested_filename)
    )


@pytest.mark.browser
def test_a_picture_of_the_state_in_the_address(look: Callable[..., Page]) -> None:
    link = "/?data=mnist-r&models=mnist-r/st-cnn-affine&digit=7&seed=0&angle=0.5"
    page = look(link, "[data-testid=stage][data-ready=true]")
    opened(page)
    page.get_by_role("button", name="Make the file").click()
    file = downloaded(page)
    assert file.name == "mnist-r-st-cnn-affine-digit7-rotation29.png"
    assert Image.open(io.BytesIO(file.read_bytes())).width == pytest.approx(1890, abs=1)
    expect(page.get_by_role("button", name="Make the file")).to_have_count(0)


@pytest.mark.browser
def test_an_animation_shows_its_progress_and_the_page_stays_alive(
    look: Callable[..., Page],
) -> None:
    page = look("/steps?what=mnist-perturbed", "[data-testid=steps][data-ready=true]")
    opened(page)
    page.locator(f"{DIALOG} [data-testid=stSelectbox] input").first.click()
    page.get_by_role("option", name="GIF animation").click()
    page.get_by_text("The frames are the steps").wait_for()
    page.get_by_role("button", name="Make the file").click()
    file = downloaded(page)
    with Image.open(file) as picture:
        assert getattr(picture, "n_frames", 1) == 5
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)
    page.wait_for_selector("[data-testid=steps][data-ready=true]")


@pytest.mark.browser
def test_an_embedded_page_and_one_without_figures_have_no_export(
    look: Callable[..., Page],
) -> None:
    page = look("/?embed=true", "[data-testid=stage][data-ready=true]")
    expect(page.get_by_role("button", name="Export", exact=True)).to_have_count(0)
    page = look("/lessons", "[data-testid=link][data-ready=true]")
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="Link", exact=True)).to_be_visible()
