"""Opening a page of the app as AppTest does it, and what is read on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from stnviz.checkpoints.library import Library
from stnviz.ui.stage import model as play

ROUTER = Path(__file__).parents[1] / "stnviz" / "ui" / "router.py"
PATIENCE = 120


@contextmanager
def shelved_at(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Have pages find the checkpoints below ``root``, and no others."""
    library = Library({"": root})
    patch.setattr(play, "default_library", lambda: library)
    yield library


def open_page(name: str, query: dict[str, str]) -> AppTest:
    """The page ``name`` under an address with ``query``."""
    page = AppTest.from_file(str(ROUTER), default_timeout=PATIENCE)
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page(f"../../pages/{name}.py").run()
    assert not page.exception
    return page


def opened(name: str, **query: str) -> AppTest:
    """The page ``name`` under an address with these words."""
    return open_page(name, query)


def texts(page: AppTest) -> str:
    """Every sentence on it."""
    spoken = (*page.markdown, *page.caption, *page.info, *page.error)
    return "\n".join(element.value for element in spoken)


def components(page: AppTest) -> list[Any]:
    """Its components, without the Link button that every page has."""
    return [one for one in page.get("bidi_component") if one.key != "link"]


def click(page: AppTest, label: str) -> None:
    """Press the button that says so."""
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
