"""Read a lesson file: a header in TOML (see :mod:`stnviz.lessons.header`), then Markdown.

What follows a line ``---`` of the Markdown is for the teacher.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from stnviz.data.digits import GALLERY_COUNT
from stnviz.lessons.header import BadLesson, Table, split_file
from stnviz.lessons.markup import blocks_of
from stnviz.lessons.schema import (
    IDENTITY,
    Choice,
    Lesson,
    Number,
    Picture,
    Place,
    Question,
    Region,
)
from stnviz.records.strict_json import InvalidFile, check_ordinary, open_ordinary

__all__ = ["BadLesson", "name_of", "read_lesson"]

MAX_BYTES, MAX_PICTURE_BYTES, MAX_PIXELS = 2**17, 2**20, 2**22
FORMATS = ("PNG", "JPEG")
NAME = re.compile(r"(?:\d+-)?([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
LINK = re.compile(r"[a-z_]+(\?[^\s#\"<>]*)?")


def name_of(path: Path) -> str:
    """Name of the lesson in a file such as ``03-which-way.md``: ``which-way``.

    Raises:
        BadLesson: the file is named otherwise.
    """
    if (found := NAME.fullmatch(path.name)) is None:
        raise BadLesson("its name must be like 03-which-way.md: a number, small letters, dashes")
    return found[1]


def read_lesson(path: Path, language: str) -> Lesson:
    """Read and check one lesson.

    Args:
        path: of the file; image files that it names lie beside it, or in ``figures`` beside its
            folder.
        language: of its text.

    Raises:
        BadLesson: something in it is wrong; the error has the line and the reason.
    """
    name = name_of(path)
    header, body = split_file(_read(path))
    table = Table.parse(header)
    text, _, notes = f"\n{body}\n".partition("\n---\n")
    lesson = Lesson(
        name=name,
        language=language,
        title=table.text("title"),
        goal=table.text("goal"),
        minutes=table.count("minutes", 1, 600),
        needs=table.texts("needs"),
        link=_link(table),
        figure=_picture(table.table("figure"), path) if table.has("figure") else None,
        questions=tuple(_question(one, path) for one in table.tables("questions")),
        text=blocks_of(text),
        notes=blocks_of(notes),
    )
    table.finish()
    if not lesson.text:
        raise BadLesson("there must be text after the header", len(header.splitlines()) + 3)
    return lesson


def _read(path: Path) -> str:
    try:
        with os.fdopen(open_ordinary(path, MAX_BYTES), "rb") as file:
            return file.read(MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadLesson("it is not UTF-8", line) from None
    except InvalidFile as error:
        raise BadLesson(str(error)) from None
    except OSError as error:
        raise BadLesson(f"it cannot be read ({error.strerror})") from None


def _link(table: Table) -> str:
    link = table.text("link")
    if not LINK.fullmatch(link):
        raise table.fail("link", "a page and its query, such as play?data=mnist-r&angle=0.6")
    return link


def _question(table: Table, path: Path) -> Question:
    kind = table.text("kind")
    text, explanation = table.text("text"), table.text("explanation")
    picture = _picture(table.table("picture"), path) if table.has("picture") else None
    question: Question
    if kind == "choice":
        options = table.texts("options", 2)
        answer = table.count("answer", 1, len(options)) - 1
        question = Choice(text, explanation, options, answer, picture)
    elif kind == "number":
        question = Number(
            text, explanation, table.number("answer"), table.number("tolerance", 0),
            table.text("unit", ""), picture,
        )  # fmt: skip
    elif kind == "place":
        if picture is None:
            raise table.fail("picture", "a table such as { digit = 3, alt = ... }")
        question = Place(text, explanation, picture, _region(table.table("region")))
    else:
        raise table.fail("kind", "choice, number or place")
    table.finish()
    return question


def _region(table: Table) -> Region:
    if table.has("circle"):
        x, y, radius = table.numbers("circle", 3, 1)
        region = Region(x, y, radius, radius, True)
    else:
        if not table.has("rectangle"):
            raise table.fail("circle", "[x, y, radius], or rectangle [left, top, right, bottom]")
        left, top, right, bottom = table.numbers("rectangle", 4, 1)
        middle = (left + right) / 2, (top + bottom) / 2
        region = Region(*middle, (right - left) / 2, (bottom - top) / 2, False)
    if region.half_width <= 0 or region.half_height <= 0:
        raise table.fail("circle" if region.round else "rectangle", "larger than nothing")
    table.finish()
    return region


def _picture(table: Table, path: Path) -> Picture:
    alt = table.text("alt")
    window = table.numbers("window", 6) if table.has("window") else None
    if table.has("file"):
        picture = Picture(alt, window=window, file=_file(table, path))
    else:
        digit = table.count("digit", 0, GALLERY_COUNT - 1)
        theta = table.numbers("theta", 6) if table.has("theta") else IDENTITY
        picture = Picture(alt, digit, theta, window)
    table.finish()
    return picture


def _file(table: Table, path: Path) -> Path:
    name = table.text("file")
    if Path(name).name != name or "\\" in name:
        raise table.fail("file", "the name of a file beside the lesson")
    for folder in (path.parent, path.parent.parent / "figures"):
        try:
            check_ordinary(folder / name, MAX_PICTURE_BYTES)
        except FileNotFoundError:
            continue
        except (OSError, InvalidFile) as error:
            raise table.fail("file", f"readable: {error}") from None
        if not _is_picture(folder / name):
            raise table.fail("file", "a whole PNG or JPEG of at most four million pixels")
        return folder / name
    raise table.fail("file", "the name of a file beside the lesson: there is no such file")


def _is_picture(path: Path) -> bool:
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return False
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True
