"""The app on a free port and a real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from scripts import served

PATIENCE = 60


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        # Two threads of a training wait for each other wherever something else wants a core.
        patch.setenv("OMP_NUM_THREADS", "1")
        with served.served() as address:
            yield address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = served.chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture
def visit(look: Callable[..., Page]) -> Callable[..., Page]:
    """Open a path of the app in a context of its own, and wait until the stage answers."""

    def go(path: str = "/", *, live: bool = True, width: int = 1280, touch: bool = False) -> Page:
        stage = "[data-testid=stage][data-ready=true]"
        page = look(path, stage, live=live, width=width, touch=touch)
        if live:
            page.wait_for_selector("[data-testid=stage][data-live=on]")
        return page

    return go


@pytest.fixture
def look(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a path of the app in a context of its own, and wait for something on it."""
    contexts = []
    problems: list[str] = []

    def go(
        path: str, until: str, *, live: bool = True, width: int = 1280, touch: bool = False
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            has_touch=touch,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        if not live:
            page.route_web_socket("**/live", lambda line: line.close())
        page.goto(address + path)
        page.wait_for_selector(until)
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []
