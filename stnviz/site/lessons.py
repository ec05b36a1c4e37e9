"""The static lessons: one file for each lesson in each language, with links to the site's pages."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from stnviz.lessons.course import languages, read_course, words_of
from stnviz.settings import lessons_folder
from stnviz.site.contents import SitePage, networks_in
from stnviz.ui.lessons.model import languages_by_name, lessons_data
from stnviz.ui.pages import DEFAULT


def lessons_page(pages: Sequence[SitePage], version: str) -> SitePage:
    """The page. Its files have the answers to the questions, and no notes for teachers.

    Args:
        pages: the site's other pages; links to pages or networks that it lacks are left out.
        version: of the site.
    """
    shown = {page.name: page.networks for page in pages}
    offered, files, names = languages(), {}, {}
    for language in offered:
        course = read_course(language, lessons_folder())
        names[language] = [lesson.name for lesson in course.lessons]
        for lesson in course.lessons:
            data = lessons_data(course, lesson, language, offered)
            text = json.dumps(on_site(data, shown), ensure_ascii=False, separators=(",", ":"))
            files[f"lessons/{language}/{lesson.name}.json"] = text.encode()
    data = {
        "version": version, "names": names, "languages": dict(languages_by_name(offered)),
        "openings": {language: words_of(language)["opening"] for language in offered},
    }  # fmt: skip
    return SitePage("lessons", data, files)


def on_site(data: Mapping[str, Any], shown: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """A lesson's data with links as they are on the site, seen from its folder.

    Args:
        data: of the lessons component.
        shown: the networks of each other page.
    """
    lesson = data["lesson"]
    page, mark, query = lesson["href"].removeprefix("./").partition("?")
    named = networks_in(query)
    page = page or DEFAULT
    known = lesson["href"] and page in shown and named <= set(shown[page])
    folder = "" if page == DEFAULT else f"{page}/"
    href = f"../{folder}{mark}{query}" if known else ""
    return {**data, "lesson": {**lesson, "href": href, "notes": []}}
