"""The Lessons page's flow, without a browser; and the links of all lessons."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from stnviz.lessons import Lesson, languages, read_course
from stnviz.settings import LESSONS
from stnviz.ui.lessons.model import href_of, language_of, lessons_data, plain_lesson, printed
from stnviz.ui.pages import DEFAULT, TITLES
from tests.lessons.test_reader import GOOD, written
from tests.opening import open_page, opened

COURSE = read_course("en")
LINKS = {lesson.link: lesson for one in languages() for lesson in read_course(one).lessons}


@pytest.mark.smoke
def test_the_page_opens_with_the_first_lesson() -> None:
    page = opened("lessons")
    assert not page.toast
    assert not page.warning


@pytest.mark.feature
def test_a_link_names_lesson_and_language() -> None:
    page = opened("lessons", lesson="half-a-pixel", lang="de")
    assert "Erst vorhersagen" in page.markdown[0].value
    assert not page.toast
    assert page.query_params["lesson"] in ("half-a-pixel", ["half-a-pixel"])


@pytest.mark.exception
def test_unknown_values_fall_back_and_are_named() -> None:
    page = opened("lessons", lesson="<b>none</b>", lang="xx")
    said = [toast.value for toast in page.toast]
    assert any("lang must be one of en, de" in one for one in said)
    assert any("no lesson `<b>none</b>`" in one for one in said)
    assert "lesson" not in page.query_params


@pytest.mark.feature
def test_the_browser_chooses_the_language_unless_the_link_does() -> None:
    assert language_of("", "de-AT", ("en", "de")) == "de"
    assert language_of("en", "de-AT", ("en", "de")) == "en"
    assert language_of("", "fr", ("en", "de")) == "en"
    assert language_of("", None, ("en", "de")) == "en"


@pytest.mark.exception
def test_a_teachers_broken_file_is_named_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, GOOD.replace('needs = ["other"]', "needs = []"), "01-mine.md")
    written(tmp_path, GOOD.replace("minutes = 5", "minutes = -5"), "02-broken.md")
    monkeypatch.setenv(LESSONS, str(tmp_path))
    page = opened("lessons", lesson="mine")
    assert not page.toast
    (warning,) = page.warning
    assert "line 4" in warning.value
    assert "broken" in warning.value


@pytest.mark.feature
def test_what_the_component_gets() -> None:
    lesson = COURSE.lessons[0]
    data = lessons_data(COURSE, lesson, "en", languages())
    assert len(data["course"]) == len(COURSE.lessons)
    kinds = [question["kind"] for question in data["lesson"]["questions"]]
    assert kinds == ["choice", "number", "place"]
    assert data["lesson"]["figure"]["source"].startswith("data:image/png;base64,")
    assert data["revision"] != lessons_data(COURSE, lesson, "de", languages())["revision"]


@pytest.mark.feature
def test_a_handout_is_drawn_once_for_all_who_ask() -> None:
    once = printed(COURSE.lessons[:1], "en")
    assert once.startswith(b"%PDF-")
    assert printed(read_course("en").lessons[:1], "en") is once


@pytest.mark.feature
def test_links_are_relative_to_the_page() -> None:
    by_page = {lesson.page: lesson for lesson in COURSE.lessons}
    assert href_of(by_page[DEFAULT]).startswith("./?data=")
    assert href_of(by_page["steps"]).startswith("./steps?")
    assert all(plain_lesson(one, COURSE)["href"] for one in COURSE.lessons if one.page in TITLES)


@pytest.mark.law
def test_every_language_links_to_the_same() -> None:
    assert len(LINKS) == len(COURSE.lessons)


@pytest.mark.law
@pytest.mark.parametrize(
    "lesson",
    [
        pytest.param(
            one, id=one.name, marks=() if one.page in ("play", "results") else pytest.mark.slow
        )
        for one in LINKS.values()
    ],
)
def test_no_value_of_a_lessons_link_is_refused(lesson: Lesson) -> None:
    if lesson.page not in TITLES:
        pytest.skip(f"this version has no page {lesson.page}")
    query = dict(parse_qsl(lesson.link.partition("?")[2], strict_parsing=True))
    page = open_page(lesson.page, query)
    assert not page.toast, [toast.value for toast in page.toast]
    assert not page.warning
    assert not page.error
    for name, value in query.items():
        if lesson.page not in (DEFAULT, "results"):  # it leaves out what is usual
            assert page.query_params.get(name) in (value, [value]), name
