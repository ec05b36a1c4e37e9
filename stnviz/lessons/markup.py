"""The part of Markdown that lessons use, as blocks of spans: no HTML comes out of a lesson.

Paragraphs, lists with ``-``, ``**strong**``, ``*emphasised*``, ```code``` and
``[links](https://...)``. Everything else is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "strong", "emphasis", "code", "link"]


@dataclass(frozen=True)
class Span:
    """Text of one style; ``href`` is where a link leads."""

    text: str
    style: Style = "plain"
    href: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph, or one item of a list."""

    spans: tuple[Span, ...]
    item: bool = False

    @property
    def plain(self) -> str:
        """The text without styles."""
        return "".join(span.text for span in self.spans)


_SPAN = re.compile(
    r"\*\*(?P<strong>[^*]+)\*\*|\*(?P<emphasis>[^*\s](?:[^*]*[^*\s])?)\*|`(?P<code>[^`]+)`"
    r"|\[(?P<link>[^\]]+)\]\((?P<href>https?://[^)\s]+)\)"
)


def spans_of(text: str) -> tuple[Span, ...]:
    """One line of text, split where its style changes."""
    spans, at = [], 0
    for found in _SPAN.finditer(text):
        if found.start() > at:
            spans.append(Span(text[at : found.start()]))
        style = next(s for s in ("strong", "emphasis", "code", "link") if found[s] is not None)
        spans.append(Span(found[style], style, found["href"] or ""))  # type: ignore[arg-type]
        at = found.end()
    if at < len(text):
        spans.append(Span(text[at:]))
    return tuple(spans)


def blocks_of(text: str) -> tuple[Block, ...]:
    """Paragraphs, which empty lines separate, and items of lists, which begin with a dash."""
    blocks = []
    for part in re.split(r"\n\s*\n", text.strip()):
        paragraph: list[str] = []
        item = False
        for line in part.splitlines():
            if line.startswith("- "):
                if paragraph:
                    blocks.append(Block(spans_of(" ".join(paragraph)), item))
                paragraph, item = [line[2:].strip()], True
            else:
                paragraph.append(line.strip())
        if paragraph and any(paragraph):
            blocks.append(Block(spans_of(" ".join(paragraph)), item))
    return tuple(blocks)
