"""The lessons component: the list of the course, one lesson, and its questions."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any

from stnviz.lessons.course import Course, words_of
from stnviz.lessons.schema import Lesson
from stnviz.ui.component import mount
from stnviz.ui.lessons.model import languages_by_name, plain_course, plain_lesson

mount_lessons = partial(mount, Path(__file__).parent)
"""Mount the data of :func:`lessons_data`; its state is the lesson and the language."""


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
