"""Lessons on paper: pages, embedded fonts, text that fits and is not lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stnviz.lessons import languages, read_course
from stnviz.lessons.markup import blocks_of
from stnviz.plots.handout import _lesson_page, handout
from stnviz.plots.page_layout import BOTTOM, HEIGHT, LEFT, WIDTH, Page, Paragraph, text_width

COURSE = read_course("en")
WORDS = 12 * "many words that fill a line and then another one "


def pages_of(data: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", data))


@pytest.mark.feature
def test_a_page_a_lesson_and_the_answers_last() -> None:
    data = handout(COURSE.lessons[:2], "en")
    assert data.startswith(b"%PDF-")
    assert pages_of(data) == 3


@pytest.mark.feature
def test_fonts_are_embedded() -> None:
    data = handout(COURSE.lessons[:1], "de")
    fonts = set(re.findall(rb"/BaseFont\s*/([A-Z]{6}\+)?(DejaVu[\w-]+)", data))
    assert {name for _, name in fonts} >= {b"DejaVuSans", b"DejaVuSans-Bold"}
    assert b"/Type3" in data or b"/FontFile2" in data


@pytest.mark.law
@pytest.mark.parametrize("language", languages())
def test_every_shipped_lesson_fits_on_its_page(language: str) -> None:
    for lesson in read_course(language).lessons:
        figure = _lesson_page(lesson, {**_words(language)}, lesson.title)
        lowest = min(text.get_position()[1] for text in figure.texts)
        assert lowest * HEIGHT >= BOTTOM, lesson.name


def _words(language: str) -> dict[str, str]:
    from stnviz.lessons.course import words_of

    return dict(words_of(language))


@pytest.mark.feature
def test_a_long_lesson_is_set_smaller() -> None:
    lesson = replace(COURSE.lessons[0], text=blocks_of(3 * WORDS))
    sizes = {text.get_fontsize() for text in _lesson_page(lesson, _words("en"), "").texts[1:]}
    usual = {
        text.get_fontsize() for text in _lesson_page(COURSE.lessons[0], _words("en"), "").texts
    }
    assert max(sizes) < max(usual)


@pytest.mark.feature
def test_lines_are_no_wider_than_the_page_and_lose_no_word() -> None:
    page = Page()
    page.add(Paragraph(WORDS + "x" * 300))
    lines = [text.get_text() for text in page.figure.texts]
    assert "".join(lines).replace(" ", "") == (WORDS + "x" * 300).replace(" ", "")
    room = WIDTH - 2 * LEFT
    assert all(10.5 * text_width(line.strip()) <= room + 0.01 for line in lines)


@pytest.mark.exception
def test_no_lesson_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one lesson"):
        handout([], "en")
