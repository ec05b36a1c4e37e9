"""Lists of links that the presenter offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stnviz.lessons.course import Course
from stnviz.lessons.schema import Lesson
from stnviz.ui.pages import TITLES


@dataclass(frozen=True)
class LinkList:
    """Links of this app in the order in which they are shown.

    Args:
        title: of the list.
        links: (title, link) of each; a link is relative to the app, such as
            ``attention?what=birds``, and does not say ``embed``.
    """

    title: str
    links: Sequence[tuple[str, str]]


ROTATED = "play?data=mnist-r&models=mnist-r/st-cnn-affine&digit=132&seed=0&size=large"

LISTS: Mapping[str, LinkList] = {
    "windows": LinkList(
        "Where networks look: a first lesson",
        (
            ("A rotated digit: what does the network read?",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,window,output,answer,theta,"
             "leftover"),
            ("Its window, and what it reads there",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,theta,leftover"),
            ("Theta: the numbers behind the window",
             f"{ROTATED}&angle=0.61087&hide=choices,pictures,buttons,leftover"),
            ("Upside down: outside the training range",
             f"{ROTATED}&angle=3.14159&hide=choices,pictures,buttons,leftover"),
            ("Two windows on a bird",
             "attention?what=birds&size=large&picture=3&hide=choices,pictures,sliders,facts"),
            ("Step by step to a straight digit",
             "steps?what=mnist-perturbed&size=large&hide=choices,facts"),
            ("How it was learned", "time_machine?size=large&hide=choices"),
        ),
    ),
}  # fmt: skip
"""The lists by the names that links have for them."""

COURSE = "lessons"
"""Name of the list of all lessons."""


def lesson_list(lesson: Lesson) -> str:
    """Name of the list of one lesson."""
    return f"lesson-{lesson.name}"


def lists_of(course: Course, language: str) -> dict[str, LinkList]:
    """A list for the whole course, and one for each lesson: its questions, then what it opens.

    Args:
        course: the lessons.
        language: of the Lessons page.
    """
    lists = {
        lesson_list(lesson): LinkList(lesson.title, _links(lesson, language))
        for lesson in course.lessons
    }
    whole = tuple(link for one in lists.values() for link in one.links)
    return {COURSE: LinkList("All lessons, each with what it opens", whole), **lists}


def _links(lesson: Lesson, language: str) -> tuple[tuple[str, str], ...]:
    card = f"lessons?lesson={lesson.name}&lang={language}&hide=sentence,choices,facts"
    links = (card, lesson.link) if lesson.page in TITLES else (card,)
    return tuple((lesson.title, _enlarged(link)) for link in links)


def _enlarged(link: str) -> str:
    return f"{link}{'&' if '?' in link else '?'}size=large"
