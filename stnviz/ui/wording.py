"""Texts of visitors and files, as pages show them."""

from __future__ import annotations

import re


def without_markdown(text: str) -> str:
    """Text that may come from a file, as Streamlit shows it letter by letter."""
    return re.sub(r"([^\w\s])", r"\\\1", text)
