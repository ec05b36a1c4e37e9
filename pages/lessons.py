"""Lessons page: a course whose lessons open the other pages, with questions to answer first."""

from __future__ import annotations

from functools import partial

import streamlit as st

from stnviz.lessons.course import Course, languages, read_course, words_of
from stnviz.lessons.schema import Lesson
from stnviz.live.links import quoted
from stnviz.settings import lessons_folder
from stnviz.ui.lessons.model import language_of, lessons_data, printed
from stnviz.ui.lessons.view import mount_lessons
from stnviz.ui.present.lists import lesson_list
from stnviz.ui.url_state import read_choice, sync_from_component, update
from stnviz.ui.view_options import shows
from stnviz.ui.wording import without_markdown

KEY = "lessons"


def follow_lessons() -> None:
    """Write the lesson and the language into the URL when another one is chosen."""
    reported = st.session_state[KEY].get("state")
    if isinstance(reported, dict):
        sync_from_component(
            {name: str(reported.get(name, ""))[:100] for name in ("lesson", "lang")}
        )


def offer_to_teachers(lesson: Lesson, course: Course, language: str) -> None:
    """Buttons for the handout of this lesson and of the whole course, and for presenting it."""
    with st.container(horizontal=True):
        st.link_button(words["present"], f"present?list={lesson_list(lesson)}&lang={language}")
        for key, wanted, file in (
            ("handout", (lesson,), lesson.name), ("handout_all", course.lessons, "lessons"),
        ):  # fmt: skip
            st.download_button(
                words[key], partial(printed, wanted, language), f"stnviz-{file}.pdf",
                "application/pdf", key=key, on_click="ignore",
            )  # fmt: skip


def chosen(course: Course) -> Lesson:
    """The lesson that the link names, or the first."""
    name = st.query_params.get("lesson")
    if name is None:
        return course.lessons[0]
    if (found := course.find(name)) is None:
        first = quoted(course.lessons[0].title)
        st.toast(words["no_lesson"].format(quoted(name), first), duration="long")
        update({}, ["lesson"])
        return course.lessons[0]
    return found


offered = languages()
asked = read_choice("lang", offered, "")
language = language_of(asked, st.context.locale, offered)
course = read_course(language, lessons_folder())
words = words_of(language)
if shows("sentence"):
    st.markdown(f"#### {words['opening']}")
for trouble in course.troubles:
    st.warning(without_markdown(trouble))
lesson = chosen(course)
mount_lessons(lessons_data(course, lesson, language, offered), key=KEY, on_state=follow_lessons)
if shows("facts"):
    offer_to_teachers(lesson, course, language)
