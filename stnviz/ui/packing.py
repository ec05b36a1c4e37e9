"""Answers as components take them: packed one after another, as text."""

from __future__ import annotations

import base64
from collections.abc import Sequence

LATTICE = 7
"""Points along each side of a window in pictures that are sent in numbers."""


def pack_answers(answers: Sequence[bytes]) -> bytes:
    """Answers as one file: each its length as a little-endian uint32, then itself."""
    return b"".join(len(answer).to_bytes(4, "little") + answer for answer in answers)


def as_text(data: bytes) -> str:
    """Bytes as base64, which is what a component's data can carry."""
    return base64.b64encode(data).decode()
