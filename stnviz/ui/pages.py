"""The pages: where their scripts lie and what they are called."""

from __future__ import annotations

import os
from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"
TITLES = {
    "play": "Play",
    "attention": "Attention",
    "steps": "Steps",
    "video": "Video",
    "train": "Train",
    "time_machine": "Time machine",
    "results": "Results",
}


def link(name: str) -> str:
    """A page as ``st.page_link`` wants it: its path from the router's folder."""
    return os.path.relpath(PAGES / f"{name}.py", Path(__file__).parent)
