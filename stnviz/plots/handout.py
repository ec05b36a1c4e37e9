"""Lessons on paper: one page each, with room to write, and the answers on the last pages.

Drawn with matplotlib's PDF backend, which embeds its fonts; no browser and no other package.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from stnviz.lessons.course import words_of
from stnviz.lessons.pictures import pixels_of, window_corners
from stnviz.lessons.schema import Choice, Lesson, Number, Picture, Place, Question
from stnviz.plots.colours import LANES_ON_PAPER
from stnviz.plots.page_layout import Page, Paragraph
from stnviz.plots.theme import LIGHT

FIGURE, SMALL = 118.0, 118.0
"""Largest height of a lesson's figure, and of a question's picture, in points."""

WIDEST = 330.0
LINE = 17.0
"""Distance of the lines to write on, in points."""

SHRINK = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""Type sizes that are tried until a lesson fits on its page, as shares of the usual one."""


@dataclass(frozen=True)
class _Sheet:
    """What is drawn on, with what words, and how large the type is."""

    page: Page
    words: Mapping[str, str]
    scale: float


def handout(lessons: Sequence[Lesson], language: str) -> bytes:
    """A PDF (A4) with a page for each lesson and the answers after them.

    Args:
        lessons: at least one.
        language: of the words around the lessons.

    Raises:
        ValueError: there is no lesson.
    """
    if not lessons:
        raise ValueError("A handout needs at least one lesson: name some.")
    words, file = words_of(language), io.BytesIO()
    title = lessons[0].title if len(lessons) == 1 else words["course"]
    about = {"Title": title, "Creator": "stnviz", "Producer": None, "CreationDate": None}
    with PdfPages(file, metadata=about) as pdf:
        heads = [
            f"{number}. {lesson.title}" if len(lessons) > 1 else lesson.title
            for number, lesson in enumerate(lessons, 1)
        ]
        for lesson, head in zip(lessons, heads, strict=True):
            pdf.savefig(_lesson_page(lesson, words, head))
        for figure in _answer_pages(lessons, words, heads):
            pdf.savefig(figure)
    return file.getvalue()


def _lesson_page(lesson: Lesson, words: Mapping[str, str], head: str) -> Figure:
    for scale in SHRINK:
        page = Page(scale)
        _draw_lesson(_Sheet(page, words, scale), lesson, head)
        if page.fits:
            break
    return page.figure


def _draw_lesson(sheet: _Sheet, lesson: Lesson, head: str) -> None:
    page, words = sheet.page, sheet.words
    page.note(words["name"] + " " + 36 * "_")
    page.add(Paragraph(head, size=17, weight="bold", after=4))
    minutes = words["minutes"].format(lesson.minutes)
    page.add(Paragraph(f"{words['goal']} {lesson.goal} ({minutes})", colour=LIGHT.faint, after=8))
    if lesson.figure is not None:
        _draw_picture(page, lesson.figure, FIGURE)
    for block in lesson.text:
        bullet = "\u2022  " if block.item else ""
        page.add(Paragraph(bullet + block.plain, after=2 if block.item else 5))
    page.add(Paragraph(f"stnviz: {lesson.link}", size=8, colour=LIGHT.faint, after=6))
    page.rule()
    for place, question in enumerate(lesson.questions, 1):
        page.add(Paragraph(f"{place}.  {question.text}", weight="bold", after=3))
        _draw_question(sheet, question)


def _draw_question(sheet: _Sheet, question: Question) -> None:
    page, words = sheet.page, sheet.words
    if question.picture is not None:
        _draw_picture(page, question.picture, SMALL * sheet.scale)
    if isinstance(question, Choice):
        for option in question.options:
            page.add(Paragraph("\u25a1  " + option, indent=16, after=2))
    elif isinstance(question, Place):
        page.add(Paragraph(words["mark"], colour=LIGHT.faint, after=2))
    else:
        page.add(Paragraph(f"{30 * '_'}  {question.unit}", indent=16, after=2))
    page.lines(2 if isinstance(question, Choice) else 1, LINE)


def _draw_picture(page: Page, picture: Picture, height: float) -> None:
    pixels = pixels_of(picture)
    tall, wide = pixels.shape[:2]
    width = min(height * wide / tall, WIDEST)
    axes = page.axes(width, width * tall / wide)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, extent=(-1, 1, 1, -1), aspect="auto")
    axes.set(xlim=(-1, 1), ylim=(1, -1), xticks=(), yticks=())
    if picture.window is not None:
        corners = window_corners(picture.window)
        axes.add_patch(Polygon(corners, fill=False, edgecolor=LANES_ON_PAPER[0], linewidth=1.6))
        axes.plot(*corners[:2].T, color=LANES_ON_PAPER[0], linewidth=3.2)


def _answer_pages(
    lessons: Sequence[Lesson], words: Mapping[str, str], heads: Sequence[str]
) -> Iterator[Figure]:
    page = Page(0.9)
    page.add(Paragraph(words["answers"], size=17, weight="bold", after=8))
    for lesson, head in zip(lessons, heads, strict=True):
        rows = [Paragraph(head, size=11, weight="bold", after=3)]
        for place, question in enumerate(lesson.questions, 1):
            solution = words["solution"].format(_solution(question, words))
            solved = f"{place}.  {solution}. {question.explanation}"
            rows.append(Paragraph(solved.replace("..", "."), indent=10, after=3))
        rows[-1] = Paragraph(rows[-1].text, indent=10, after=9)
        if not page.has_room(rows):
            yield page.figure
            page = Page(0.9)
        for row in rows:
            page.add(row)
    yield page.figure


def _solution(question: Question, words: Mapping[str, str]) -> str:
    if isinstance(question, Choice):
        return question.options[question.answer]
    if isinstance(question, Number):
        comma = "," if words["language"] == "Deutsch" else "."
        return f"{question.answer:g} {question.unit}".strip().replace(".", comma)
    return f"({question.region.x:g}, {question.region.y:g})"
