"""Lesson files: what is read of them, and what is said about a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from stnviz.lessons import BadLesson, Choice, Number, Place, read_lesson
from stnviz.lessons.reader import name_of

GOOD = """+++
title = "A title"
goal = "A goal."
minutes = 5
needs = ["other"]
link = "play?data=mnist-r&angle=0.6"

[[questions]]
kind = "choice"
text = "Which?"
options = ["this", "that"]
answer = 2
explanation = "That."

[[questions]]
kind = "number"
text = "How many?"
answer = 0.5
tolerance = 0.1
unit = "px"
explanation = "Half."

[[questions]]
kind = "place"
text = "Where?"
picture = { digit = 3, window = [1, 0, 0, 0, 1, 0], alt = "A digit." }
region = { circle = [0.1, -0.2, 0.3] }
explanation = "There."
+++
First **paragraph**.

---
For the teacher.
"""


def written(folder: Path, text: str, name: str = "01-one.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.feature
def test_a_whole_lesson(tmp_path: Path) -> None:
    lesson = read_lesson(written(tmp_path, GOOD), "en")
    assert (lesson.name, lesson.title, lesson.minutes) == ("one", "A title", 5)
    assert (lesson.page, lesson.needs) == ("play", ("other",))
    choice, number, place = lesson.questions
    assert isinstance(choice, Choice)
    assert choice.options[choice.answer] == "that"
    assert isinstance(number, Number)
    assert (number.answer, number.tolerance, number.unit) == (0.5, 0.1, "px")
    assert isinstance(place, Place)
    assert (place.region.x, place.region.half_width, place.region.round) == (0.1, 0.3, True)
    assert place.picture.window == (1, 0, 0, 0, 1, 0)
    assert [block.plain for block in lesson.text] == ["First paragraph."]
    assert [block.plain for block in lesson.notes] == ["For the teacher."]


@pytest.mark.feature
def test_a_rectangle_has_a_middle_and_half_sides(tmp_path: Path) -> None:
    text = GOOD.replace("circle = [0.1, -0.2, 0.3]", "rectangle = [-0.5, 0, 0.5, 0.5]")
    place = read_lesson(written(tmp_path, text), "en").questions[2]
    assert isinstance(place, Place)
    region = place.region
    assert (region.x, region.y, region.half_width, region.half_height) == (0, 0.25, 0.5, 0.25)
    assert not region.round


@pytest.mark.exception
@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("+++\ntitle", "title", 1, "first line"),
        ('title = "A title"', "title = A title", 2, "not TOML"),
        ('title = "A title"', 'title = ""', 2, "title must be text"),
        ("minutes = 5", "minutes = 0", 4, "minutes must be a whole number from 1 to 600"),
        ("minutes = 5", "minute = 5", 2, "minutes must be"),
        ("minutes = 5", 'minutes = 5\nauthor = "me"', 5, "author is no entry"),
        ('needs = ["other"]', 'needs = "other"', 5, "needs must be a list"),
        ('link = "play?', 'link = "https://play?', 6, "link must be a page"),
        ('kind = "choice"', 'kind = "essay"', 9, "kind must be choice, number or place"),
        ("answer = 2", "answer = 3", 12, "answer must be a whole number from 1 to 2"),
        ('options = ["this", "that"]', 'options = ["this"]', 11, "options must be a list of at"),
        ("tolerance = 0.1", "tolerance = -1", 19, "tolerance must be a number of at least 0"),
        ("answer = 0.5", "answer = nan", 18, "answer must be a number"),
        ("digit = 3", "digit = 10000", 26, "picture.digit must be a whole number"),
        (
            "window = [1, 0, 0, 0, 1, 0]",
            "window = [1, 0]",
            26,
            "picture.window must be a list of 6",
        ),
        ("digit = 3", 'file = "../secret.png"', 26, "picture.file must be the name"),
        ("digit = 3", 'file = "none.png"', 26, "there is no such file"),
        ("circle = [0.1, -0.2, 0.3]", "circle = [0.1, -0.2, 0]", 27, "larger than nothing"),
        ("circle = [0.1, -0.2, 0.3]", "square = 1", 27, "region.circle must be"),
        ("First **paragraph**.", "", 30, "text after the header"),
    ],
)
def test_a_broken_lesson_is_named_with_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in GOOD
    with pytest.raises(BadLesson, match=reason) as caught:
        read_lesson(written(tmp_path, GOOD.replace(old, new, 1)), "en")
    assert caught.value.line == line


@pytest.mark.exception
def test_a_header_without_an_end(tmp_path: Path) -> None:
    with pytest.raises(BadLesson, match="must end with a line"):
        read_lesson(written(tmp_path, "+++\ntitle = 1\n"), "en")


@pytest.mark.exception
def test_bytes_that_are_no_text_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "02-two.md"
    path.write_bytes(b"+++\n\xff\xfe")
    with pytest.raises(BadLesson, match="not UTF-8") as caught:
        read_lesson(path, "en")
    assert caught.value.line == 2
    (tmp_path / "03-three.md").mkdir()
    with pytest.raises(BadLesson, match="no ordinary file"):
        read_lesson(tmp_path / "03-three.md", "en")


@pytest.mark.feature
def test_a_picture_may_lie_beside_the_lesson(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "bird.png")
    text = GOOD.replace("digit = 3", 'file = "bird.png"')
    place = read_lesson(written(tmp_path, text), "en").questions[2]
    assert place.picture is not None
    assert place.picture.file == tmp_path / "bird.png"


@pytest.mark.exception
@pytest.mark.parametrize("kind", ["svg", "cut", "huge"])
def test_a_picture_must_be_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bird.png"
    Image.new("L", (4000, 4000) if kind == "huge" else (80, 80)).save(path)
    if kind == "svg":
        path.write_text("<svg onload='alert(1)'/>")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(BadLesson, match="a whole PNG or JPEG"):
        read_lesson(written(tmp_path, GOOD.replace("digit = 3", 'file = "bird.png"')), "en")


@pytest.mark.feature
def test_names_come_without_number_and_ending() -> None:
    assert name_of(Path("03-which-way.md")) == "which-way"
    assert name_of(Path("mine.md")) == "mine"
    with pytest.raises(BadLesson, match=r"03-which-way\.md"):
        name_of(Path("My Lesson.md"))
