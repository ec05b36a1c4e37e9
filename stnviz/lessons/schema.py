"""What a lesson consists of. Points are (x, y) in [-1, 1], x to the right, y down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stnviz.lessons.markup import Block

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""Six numbers of an affine map (a, b, shift_x, c, d, shift_y) that changes nothing."""


@dataclass(frozen=True)
class Picture:
    """A picture: a digit of the gallery as a transformer would sample it, or an image file.

    Args:
        alt: what it shows, for people who do not see it.
        digit: index in the gallery; None for a file.
        theta: six numbers of the affine map that the digit is sampled with.
        window: six numbers of an affine map whose window is drawn on the picture; None for none.
        file: path of a PNG or JPEG; None for a digit.
    """

    alt: str
    digit: int | None = None
    theta: tuple[float, ...] = IDENTITY
    window: tuple[float, ...] | None = None
    file: Path | None = None


@dataclass(frozen=True)
class Region:
    """Part of a picture: an ellipse with these half axes, or a rectangle."""

    x: float
    y: float
    half_width: float
    half_height: float
    round: bool


@dataclass(frozen=True)
class Choice:
    """A question with one correct option; ``answer`` is its index, from 0."""

    text: str
    explanation: str
    options: tuple[str, ...]
    answer: int
    picture: Picture | None = None


@dataclass(frozen=True)
class Number:
    """A question for a number; an answer is correct within ``tolerance`` of ``answer``."""

    text: str
    explanation: str
    answer: float
    tolerance: float
    unit: str = ""
    picture: Picture | None = None


@dataclass(frozen=True)
class Place:
    """A question for a place on its picture; an answer is correct inside ``region``."""

    text: str
    explanation: str
    picture: Picture
    region: Region


Question = Choice | Number | Place


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Args:
        name: of its file, without number and ending; the same in all languages.
        language: of its text, such as ``en``.
        title: of the lesson.
        goal: what a learner can do afterwards, one sentence.
        minutes: how long it takes.
        needs: names of lessons that come before it.
        link: page and query that it opens, such as ``play?data=mnist-r``.
        figure: the picture beside the text; None for none.
        text: what to do and to look at.
        notes: for the teacher; may be empty.
        questions: at least one.
    """

    name: str
    language: str
    title: str
    goal: str
    minutes: int
    needs: tuple[str, ...]
    link: str
    figure: Picture | None
    text: tuple[Block, ...]
    notes: tuple[Block, ...]
    questions: tuple[Question, ...]

    @property
    def page(self) -> str:
        """Name of the page that the link opens."""
        return self.link.partition("?")[0]
