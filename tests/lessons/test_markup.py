"""The part of Markdown that lessons use."""

from __future__ import annotations

import pytest

from stnviz.lessons.markup import Span, blocks_of, spans_of


@pytest.mark.feature
def test_styles() -> None:
    assert spans_of("a **b** *c* `d` [e](https://f.org/g)") == (
        Span("a "), Span("b", "strong"), Span(" "), Span("c", "emphasis"), Span(" "),
        Span("d", "code"), Span(" "), Span("e", "link", "https://f.org/g"),
    )  # fmt: skip


@pytest.mark.feature
@pytest.mark.parametrize(
    "text", ["2 * 3 * 4", "<b>bold</b>", "[x](javascript:alert(1))", "![x](a.png)", "a ** b"]
)
def test_what_is_no_markup_stays_text(text: str) -> None:
    assert spans_of(text) == (Span(text),)


@pytest.mark.feature
def test_paragraphs_and_lists() -> None:
    blocks = blocks_of("One\nline.\n\n- first\n  goes on\n- second\n\nEnd.")
    assert [(block.plain, block.item) for block in blocks] == [
        ("One line.", False), ("first goes on", True), ("second", True), ("End.", False),
    ]  # fmt: skip
    assert blocks_of("  \n\n") == ()
