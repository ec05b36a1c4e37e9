"""The presenter page and the lists that it offers."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from stnviz.lessons import read_course
from stnviz.ui.pages import TITLES
from stnviz.ui.present.lists import LISTS, lesson_list, lists_of
from tests.opening import components, open_page

LINKS = [link for one in LISTS.values() for _, link in one.links]


@pytest.mark.law
@pytest.mark.parametrize("link", LINKS)
def test_a_listed_link_says_nothing_that_its_page_drops(link: str) -> None:
    page, _, query = link.partition("?")
    said = dict(parse_qsl(query, strict_parsing=True))
    assert page in TITLES
    assert "embed" not in said
    opened = open_page(page, said)
    assert not [*opened.toast, *opened.warning, *opened.error]


@pytest.mark.smoke
def test_it_offers_lists_or_presents_one() -> None:
    assert len(components(open_page("present", {}))) == 1
    opened = open_page("present", {"list": "windows", "at": "3"})
    assert not opened.toast
    assert len(components(opened)) == 1


@pytest.mark.feature
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_lesson_is_presented_with_what_it_opens(language: str) -> None:
    course = read_course(language)
    lesson = course.lessons[5]
    (card, opened) = lists_of(course, language)[lesson_list(lesson)].links
    assert card == (
        lesson.title,
        f"lessons?lesson={lesson.name}&lang={language}&hide=sentence,choices,facts&size=large",
    )
    assert opened == (lesson.title, f"{lesson.link}&size=large")
    assert len(lists_of(course, language)["lessons"].links) == 2 * len(course.lessons)
    page = open_page("present", {"list": lesson_list(lesson), "lang": language, "at": "2"})
    assert not page.toast
    page = open_page("lessons", {"lesson": lesson.name, "lang": language})
    (button,) = page.get("link_button")
    assert button.proto.url == f"present?list={lesson_list(lesson)}&lang={language}"


@pytest.mark.exception
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"list": "nothing"}, "list"),
        ({"list": "windows", "at": "x"}, "at"),
        ({"hide": "a"}, "hide"),
    ],
)
def test_what_it_cannot_present_is_said(query: dict[str, str], name: str) -> None:
    opened = open_page("present", query)
    assert [toast for toast in opened.toast if "link" in toast.value]
    assert name not in opened.query_params
