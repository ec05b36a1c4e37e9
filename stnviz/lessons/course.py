"""The course: all lessons in one language, the shipped ones and those of a teacher's folder."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from stnviz.lessons.reader import BadLesson, read_lesson
from stnviz.lessons.schema import Lesson

HERE = Path(__file__).parent
ENGLISH = "en"
"""The language that is complete: a lesson missing in another one is shown in it."""

MOST = 200
"""Files that are read of a folder."""


@dataclass(frozen=True)
class Course:
    """Lessons in their order, and a sentence for each file that is broken."""

    lessons: tuple[Lesson, ...]
    troubles: tuple[str, ...] = ()

    def find(self, name: str) -> Lesson | None:
        """The lesson of that name."""
        return next((lesson for lesson in self.lessons if lesson.name == name), None)


def languages() -> tuple[str, ...]:
    """The languages of the page, English first."""
    return (ENGLISH, *sorted({path.parent.name for path in HERE.glob("*/words.toml")} - {ENGLISH}))


@lru_cache
def words_of(language: str) -> Mapping[str, str]:
    """The page's own texts in a language, by name."""
    return tomllib.loads((HERE / language / "words.toml").read_text(encoding="utf-8"))


def read_course(language: str, own: Path | None = None) -> Course:
    """All lessons.

    A lesson of ``own`` with the name of a shipped one replaces it. Files of one folder are in the
    order of their names; those of ``own`` come last.

    Args:
        language: one of :func:`languages`.
        own: a teacher's folder: lessons in a folder named like their language, or lying in it
            themselves, whatever the language.
    """
    shipped = _read([HERE / ENGLISH, HERE / language])
    theirs = _read([own, own / ENGLISH, own / language]) if own else Course(())
    replaced = {lesson.name: lesson for lesson in theirs.lessons}
    kept = [replaced.pop(lesson.name, lesson) for lesson in shipped.lessons]
    troubles = [*shipped.troubles, *theirs.troubles]
    lessons = [*kept, *replaced.values()]
    if own is not None and not own.is_dir():
        troubles.append(f"There is no folder {own}: STNVIZ_LESSONS must name one with lessons.")
    return Course(*_checked(lessons, troubles))


def _checked(
    lessons: list[Lesson], troubles: list[str]
) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
    """Drop what a lesson needs but nobody has, and say so."""
    names = {lesson.name for lesson in lessons}
    checked = []
    for lesson in lessons:
        troubles += [
            f"{lesson.name} needs the lesson {name}, which is not there."
            for name in lesson.needs
            if name not in names
        ]
        needs = tuple(name for name in lesson.needs if name in names)
        checked.append(replace(lesson, needs=needs))
    return tuple(checked), tuple(troubles)


def _read(folders: Iterable[Path]) -> Course:
    """The lessons of folders; one of a later folder replaces one of the same name."""
    lessons: dict[str, Lesson] = {}
    order: dict[str, str] = {}
    troubles: list[str] = []
    for folder in dict.fromkeys(folders):
        language = folder.name if folder.name in languages() else ENGLISH
        for path in _files(folder, troubles):
            try:
                lesson = _cached(path, language, path.stat().st_mtime_ns)
            except BadLesson as error:
                shown = path.relative_to(folder.parent)
                troubles.append(f"{shown}, line {error.line}: {error}.")
            except OSError as error:
                troubles.append(f"{path.name} cannot be read ({error.strerror}).")
            else:
                lessons[lesson.name] = lesson
                order.setdefault(lesson.name, path.name)
    placed = sorted(lessons.values(), key=lambda lesson: order[lesson.name])
    return Course(tuple(placed), tuple(troubles))


def _files(folder: Path, troubles: list[str]) -> list[Path]:
    try:
        found = sorted(folder.glob("*.md"))
    except OSError as error:
        troubles.append(f"{folder} cannot be read ({error.strerror}).")
        return []
    if len(found) > MOST:
        troubles.append(f"{folder} holds {len(found):,} lessons: the first {MOST} are shown.")
    return [path for path in found[:MOST] if path.name != "README.md"]


@lru_cache(maxsize=1024)
def _cached(path: Path, language: str, _changed: int) -> Lesson:
    return read_lesson(path, language)
