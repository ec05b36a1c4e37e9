"""The course: order, languages, a teacher's own folder, broken files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from stnviz.lessons import (
    Choice,
    Course,
    Lesson,
    Number,
    Place,
    languages,
    read_course,
    read_lesson,
)
from stnviz.lessons.course import words_of
from tests.lessons.test_reader import GOOD, written

ENGLISH = read_course("en")
DOCS = Path(__file__).parents[2] / "docs"


def own(text: str = GOOD) -> str:
    return text.replace('needs = ["other"]', "needs = []")


@pytest.mark.law
@pytest.mark.parametrize("language", languages())
def test_the_shipped_course_is_whole(language: str) -> None:
    course = read_course(language)
    assert course.troubles == ()
    names = [lesson.name for lesson in course.lessons]
    assert len(names) >= 15
    assert {lesson.language for lesson in course.lessons} == {language}
    for place, lesson in enumerate(course.lessons):
        assert set(lesson.needs) <= set(names[:place]), "a lesson needs only earlier ones"
        assert 2 <= len(lesson.questions) <= 3
        assert lesson.notes
        assert lesson.figure


@pytest.mark.law
@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_a_translation_asks_the_same(language: str) -> None:
    theirs = read_course(language)
    assert [one.name for one in theirs.lessons] == [one.name for one in ENGLISH.lessons]
    for lesson, other in zip(ENGLISH.lessons, theirs.lessons, strict=True):
        assert without_words(lesson) == without_words(other)
    assert words_of(language).keys() == words_of("en").keys()
    for name, text in words_of("en").items():
        assert words_of(language)[name].count("{}") == text.count("{}"), name


def without_words(lesson: Lesson) -> list[object]:
    """What no translation changes."""
    rest: list[object] = [lesson.minutes, lesson.needs, lesson.link]
    pictures = [lesson.figure, *(question.picture for question in lesson.questions)]
    rest += [picture and replace(picture, alt="") for picture in pictures]
    for question in lesson.questions:
        if isinstance(question, Choice):
            rest.append((len(question.options), question.answer))
        elif isinstance(question, Number):
            rest.append((question.answer, question.tolerance))
        else:
            assert isinstance(question, Place)
            rest.append(question.region)
    return rest


@pytest.mark.feature
def test_a_teachers_lesson_appears_and_comes_last(tmp_path: Path) -> None:
    written(tmp_path, own(), "01-mine.md")
    course = read_course("de", tmp_path)
    assert [one.name for one in course.lessons] == [one.name for one in ENGLISH.lessons] + ["mine"]
    (tmp_path / "de").mkdir()
    written(tmp_path / "de", own().replace("A title", "Ein Titel"), "01-mine.md")
    titles = {language: found(read_course(language, tmp_path)).title for language in ("en", "de")}
    assert titles == {"en": "A title", "de": "Ein Titel"}


def found(course: Course) -> Lesson:
    lesson = course.find("mine")
    assert lesson
    return lesson


@pytest.mark.feature
def test_a_teachers_lesson_replaces_a_shipped_one(tmp_path: Path) -> None:
    name = ENGLISH.lessons[1].name
    written(tmp_path, own(), f"{name}.md")
    course = read_course("en", tmp_path)
    assert len(course.lessons) == len(ENGLISH.lessons)
    assert course.lessons[1].title == "A title"


@pytest.mark.exception
def test_a_broken_file_is_named_and_the_others_load(tmp_path: Path) -> None:
    written(tmp_path, own(), "01-mine.md")
    written(tmp_path, GOOD.replace("minutes = 5", "minutes = 'long'"), "02-broken.md")
    written(tmp_path, GOOD, "Two Words.md")
    course = read_course("en", tmp_path)
    assert found(course)
    assert f"{tmp_path.name}/02-broken.md, line 4: minutes must be" in course.troubles[0]
    assert "Two Words.md, line 1: its name must be like" in course.troubles[1]
    assert len(course.troubles) == 2


@pytest.mark.exception
def test_what_is_needed_but_missing_is_said(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "01-mine.md")
    course = read_course("en", tmp_path)
    assert course.troubles == ("mine needs the lesson other, which is not there.",)
    assert found(course).needs == ()


@pytest.mark.exception
def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    course = read_course("en", tmp_path / "none")
    assert "STNVIZ_LESSONS must name one" in course.troubles[0]
    assert len(course.lessons) == len(ENGLISH.lessons)


@pytest.mark.law
def test_the_guide_shows_every_lesson_and_its_example_is_one(tmp_path: Path) -> None:
    guide = (DOCS / "teaching.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```markdown\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    lesson = read_lesson(written(tmp_path, example, "01-shear.md"), "en")
    assert lesson.notes
    assert {type(question) for question in lesson.questions} == {Choice, Number, Place}
    for number, one in enumerate(ENGLISH.lessons, 1):
        assert f"### {number}. {one.title}\n" in guide
        assert f"(images/lessons/{one.name}.png)" in guide
        assert (DOCS / "images" / "lessons" / f"{one.name}.png").stat().st_size < 60_000
    assert len(list((DOCS / "images" / "lessons").iterdir())) == len(ENGLISH.lessons)


@pytest.mark.feature
def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, own(), "01-mine.md")
    assert found(read_course("en", tmp_path)).title == "A title"
    path.write_text(own().replace("A title", "Another title"), encoding="utf-8")
    assert found(read_course("en", tmp_path)).title == "Another title"
