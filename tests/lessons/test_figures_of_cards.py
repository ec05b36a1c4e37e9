"""Errors that a lesson and the docs take from the cards of shipped networks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stnviz.checkpoints.card import CHECKPOINTS, load_card
from stnviz.lessons import Number, languages, read_course

DOCS = Path(__file__).parents[2] / "docs"
STEPPING = "looking-step-by-step"


def errors(name: str) -> list[str]:
    """The errors of a network on perturbed digits after each of its steps, in percent."""
    metrics = load_card(CHECKPOINTS / "mnist-perturbed" / name).metrics
    return [f"{100 * error:.1f}" for error in metrics.get("after", [metrics["error"]])]


@pytest.mark.feature
@pytest.mark.parametrize("language", languages())
def test_the_lesson_on_steps_gives_the_errors_of_the_networks(language: str) -> None:
    lesson = next(one for one in read_course(language).lessons if one.name == STEPPING)
    question = lesson.questions[0]
    assert isinstance(question, Number)
    after = errors("ic-stn-4-projective")
    alone = [*errors("cnn"), *errors("stn-projective")]
    figures = re.findall(r"\d+[.,]\d", f"{question.text} {question.explanation}")
    assert [one.replace(",", ".") for one in figures] == [after[0], *after, *alone]
    assert f"{question.answer:.1f}" == after[-1]


@pytest.mark.feature
@pytest.mark.parametrize("name", ["stn", "ic-stn-2", "ic-stn-3", "ic-stn-4"])
def test_the_table_of_steps_gives_the_errors_of_the_networks(name: str) -> None:
    text = (DOCS / "steps.md").read_text(encoding="utf-8")
    row = next(
        line for line in text.splitlines() if line.startswith(f"| `{name}` | ") and "." in line
    )
    assert re.findall(r"\d+\.\d", row) == errors(f"{name}-projective")


@pytest.mark.feature
def test_the_readme_gives_the_errors_on_perturbed_digits() -> None:
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    sentence = re.search(r"On perturbed digits .*?(?:\d+\.\d %.*?){3}", text, re.DOTALL)
    assert sentence
    expected = [errors(name)[-1] for name in ("cnn", "stn-projective", "ic-stn-4-projective")]
    assert re.findall(r"\d+\.\d", sentence[0]) == expected
