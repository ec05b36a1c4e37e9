"""What the Lessons page sends its component: the course, one lesson, the page's own texts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from stnviz.lessons.course import Course, words_of
from stnviz.lessons.markup import Block
from stnviz.lessons.pictures import png_of, size_of, window_corners
from stnviz.lessons.schema import Choice, Lesson, Number, Picture, Question
from stnviz.ui.pages import DEFAULT, TITLES


def lessons_data(
    course: Course, lesson: Lesson, language: str, offered: tuple[str, ...]
) -> dict[str, Any]:
    """The data that the component gets.

    Args:
        course: all lessons.
        lesson: the one to show.
        language: of the page.
        offered: languages to choose from.
    """
    data = {
        "course": plain_course(course),
        "lesson": plain_lesson(lesson, course),
        "words": dict(words_of(language)),
        "language": language,
        "languages": dict(languages_by_name(offered)),
    }
    text = json.dumps(data, ensure_ascii=False)
    return {**data, "revision": hashlib.sha256(text.encode()).hexdigest()}


def plain_course(course: Course) -> list[dict[str, Any]]:
    """The lessons as the list of the course shows them."""
    return [
        {"name": one.name, "title": one.title, "minutes": one.minutes, "count": len(one.questions)}
        for one in course.lessons
    ]


def plain_lesson(lesson: Lesson, course: Course) -> dict[str, Any]:
    """One lesson as JSON-like values; its text has no HTML and is never parsed as such."""
    titles = {one.name: one.title for one in course.lessons}
    return {
        "name": lesson.name,
        "language": lesson.language,
        "title": lesson.title,
        "goal": lesson.goal,
        "minutes": lesson.minutes,
        "needs": [{"name": name, "title": titles[name]} for name in lesson.needs],
        "href": href_of(lesson),
        "page": TITLES.get(lesson.page, lesson.page.replace("_", " ").capitalize()),
        "figure": plain_picture(lesson.figure),
        "text": plain_blocks(lesson.text),
        "notes": plain_blocks(lesson.notes),
        "questions": [plain_question(question) for question in lesson.questions],
    }


def href_of(lesson: Lesson) -> str:
    """The lesson's link relative to the page; empty if this version has no such page."""
    page, mark, query = lesson.link.partition("?")
    if page not in TITLES:
        return ""
    return f"./{'' if page == DEFAULT else page}{mark}{query}"


def plain_question(question: Question) -> dict[str, Any]:
    """One question; ``kind`` says which."""
    common = {
        "text": question.text,
        "explanation": question.explanation,
        "picture": plain_picture(question.picture),
    }
    if isinstance(question, Choice):
        specific = {"kind": "choice", "options": question.options, "answer": question.answer}
    elif isinstance(question, Number):
        specific = {
            "kind": "number", "answer": question.answer, "tolerance": question.tolerance,
            "unit": question.unit,
        }  # fmt: skip
    else:
        specific = {"kind": "place", "region": asdict(question.region)}
    return {**common, **specific}


def plain_picture(picture: Picture | None) -> dict[str, Any] | None:
    """A picture as a data URL, its window as four corners; None if it cannot be read any more."""
    if picture is None:
        return None
    try:
        data, size = png_of(picture), size_of(picture)
    except OSError:
        return None
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    corners = None if picture.window is None else window_corners(picture.window).tolist()
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    width, height = size
    return {
        "source": source, "alt": picture.alt, "window": corners, "width": width, "height": height,
    }  # fmt: skip


def plain_blocks(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Text as blocks of spans."""
    return [asdict(block) for block in blocks]


@lru_cache(maxsize=64)
def printed(lessons: tuple[Lesson, ...], language: str) -> bytes:
    """The handout of these lessons; drawn once for all who ask for it."""
    from stnviz.plots.handout import handout  # matplotlib takes a second to load

    return handout(lessons, language)


def language_of(asked: str | None, locale: str | None, offered: Sequence[str]) -> str:
    """The language to show.

    Args:
        asked: what the link says, already checked.
        locale: the browser's, such as ``de-AT``.
        offered: languages there are; the first is the usual one.
    """
    preferred = (locale or "").partition("-")[0].lower()
    return asked or (preferred if preferred in offered else offered[0])


def languages_by_name(offered: Sequence[str]) -> Mapping[str, str]:
    """The name of each language in itself."""
    return {language: words_of(language)["language"] for language in offered}
