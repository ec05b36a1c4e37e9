"""The Lessons page in a browser: answering, trying again, what is kept, keyboard, languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.served import started, stopped
from stnviz.lessons import languages, read_course
from stnviz.settings import LESSONS
from tests.lessons.test_reader import GOOD
from tests.variants import slow_but

pytestmark = pytest.mark.browser

READY = "[data-testid=lessons][data-ready=true]"
FIRST = "/lessons?lesson=what-a-pixel-reads&lang=en"


def question(page: Page, number: int) -> Locator:
    return page.locator("form.question").nth(number - 1)


def press(form: Locator, name: str) -> None:
    form.get_by_role("button", name=name, exact=True).click()


@pytest.mark.feature
def test_a_wrong_answer_may_be_tried_again_and_the_right_one_is_kept(
    look: Callable[..., Page],
) -> None:
    page = look(FIRST, READY)
    form = question(page, 1)
    press(form, "Answer")
    expect(form.get_by_role("status")).to_have_text("Choose one of the answers first.")
    form.get_by_role("radio").nth(0).check()
    press(form, "Answer")
    expect(form.get_by_role("status")).to_contain_text("Not yet")
    expect(form.locator(".explanation")).to_be_hidden()
    form.get_by_role("radio").nth(1).check()
    press(form, "Answer")
    expect(form.get_by_role("status")).to_have_text("Correct.")
    expect(form.locator(".explanation")).to_be_visible()
    expect(page.locator(".course [aria-current] .share")).to_have_text("1/3")
    page.reload()
    page.wait_for_selector(READY)
    expect(question(page, 1).get_by_role("status")).to_have_text("Correct.")
    kept = json.loads(page.evaluate("() => localStorage.getItem('stnviz-lessons')"))
    assert kept["what-a-pixel-reads"][0] == {"right": True, "shown": False}
    page.get_by_role("button", name="Forget my answers").click()
    expect(page.locator(".course [aria-current] .share")).to_have_text("0/3")
    expect(question(page, 1).locator(".explanation")).to_be_hidden()


@pytest.mark.feature
def test_every_kind_of_question_is_answered_by_keyboard(look: Callable[..., Page]) -> None:
    page = look(FIRST, READY)
    choice, number, place = (question(page, k) for k in (1, 2, 3))
    choice.get_by_role("radio").nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(choice.get_by_role("status")).to_have_text("Correct.")
    number.get_by_role("textbox").focus()
    page.keyboard.type("0,4")
    page.keyboard.press("Enter")
    expect(number.get_by_role("status")).to_have_text("Correct.")
    across, down = place.get_by_role("slider").all()
    across.focus()
    page.keyboard.press("End")
    down.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    press(place, "Answer")
    expect(place.get_by_role("status")).to_have_text("Correct.")
    expect(place.locator(".wanted")).to_be_visible()


@pytest.mark.feature
def test_a_place_is_pointed_at_and_its_answer_shown(look: Callable[..., Page]) -> None:
    page = look("/lessons?lesson=two-transformers-share-a-bird&lang=en", READY, width=390)
    form = question(page, 1)
    box = form.locator(".shown").bounding_box()
    assert box
    form.locator(".shown").click(position={"x": 0.9 * box["width"], "y": 0.9 * box["height"]})
    press(form, "Answer")
    expect(form.get_by_role("status")).to_contain_text("Not yet")
    expect(form.locator(".wanted")).to_have_count(0)
    press(form, "Show the answer")
    expect(form.locator(".wanted")).to_be_visible()
    expect(form.get_by_role("status")).to_contain_text("inside the outlined area")
    press(form, "Hide the answer")
    expect(form.locator(".explanation")).to_be_hidden()
    form.locator(".shown").click(position={"x": 0.27 * box["width"], "y": 0.15 * box["height"]})
    press(form, "Answer")
    expect(form.get_by_role("status")).to_have_text("Correct.")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.feature
def test_lesson_and_language_are_in_the_address_and_back_undoes(look: Callable[..., Page]) -> None:
    page = look(FIRST, READY)
    page.locator(".course button").nth(5).click()
    expect(page.locator("article h3")).to_have_text("6. Half a pixel")
    assert "lesson=half-a-pixel" in page.url
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("article h3")).to_have_text("6. Ein halbes Pixel")
    assert "lang=de" in page.url
    page.go_back()
    expect(page.locator("article h3")).to_have_text("6. Half a pixel")
    page.go_back()
    expect(page.locator("article h3")).to_have_text("1. What a pixel reads")


@pytest.mark.exception
@pytest.mark.parametrize(
    "kept", slow_but(1, ['{"what-a-pixel-reads": {"0": 1}}', "not JSON", "[1]", "null"])
)
def test_what_lies_in_the_browser_is_not_trusted(look: Callable[..., Page], kept: str) -> None:
    page = look("/_stcore/health", "body")
    page.evaluate("(text) => localStorage.setItem('stnviz-lessons', text)", kept)
    page.goto(page.url.replace("/_stcore/health", FIRST))
    page.wait_for_selector(READY)
    expect(page.locator(".course [aria-current] .share")).to_have_text("0/3")


@pytest.mark.slow
@pytest.mark.feature
def test_text_of_a_teachers_lesson_is_never_html(chromium: Browser, tmp_path: Path) -> None:
    nasty = "<img src=x onerror=alert(1)><b>bold</b>"
    text = GOOD.replace('needs = ["other"]', "needs = []").replace(
        "First **para", f"{nasty} **para"
    )
    for entry in ("A title", "A goal.", "Which?", "this", "px", "A digit.", "There."):
        assert entry in text
        text = text.replace(entry, nasty)
    (tmp_path / "mine.md").write_text(text, encoding="utf-8")
    (tmp_path / "broken.md").write_text(f"{nasty}", encoding="utf-8")
    server, port = started(**{LESSONS: str(tmp_path)})
    try:
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{port}/lessons?lesson=mine&lang=en")
        page.wait_for_selector(READY)
        for form in page.locator("form.question").all():
            form.locator("button").nth(1).click()
        expect(page.locator("article h3")).to_contain_text(nasty)
        expect(page.get_by_test_id("stAlert")).to_contain_text("broken.md, line 1")
        assert page.locator("[data-testid=lessons] b, [data-testid=lessons] [onerror]").count() == 0
        page.close()
    finally:
        stopped(server)


@pytest.mark.slow
@pytest.mark.law
@pytest.mark.parametrize("language", languages())
def test_the_whole_course(look: Callable[..., Page], language: str) -> None:
    """Every lesson shows its pictures, and every answer that is shown has its explanation."""
    lessons = read_course(language).lessons
    page = look(f"/lessons?lang={language}", READY)
    for number, lesson in enumerate(lessons, 1):
        page.locator(".course button").nth(number - 1).click()
        expect(page.locator("article h3")).to_have_text(f"{number}. {lesson.title}")
        loaded = "(images) => images.every((one) => one.complete && one.naturalWidth > 0)"
        assert page.locator("article img").evaluate_all(loaded)
        for place, asked in enumerate(lesson.questions, 1):
            form = question(page, place)
            form.locator("button").nth(1).click()
            expect(form.locator(".explanation")).to_have_text(
                re.sub(r"\s+", " ", asked.explanation)
            )
        expect(page.locator(".course [aria-current] .share")).to_have_class(re.compile("done"))
