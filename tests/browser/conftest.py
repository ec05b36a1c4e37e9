"""The app on a free port and a real Chromium in front of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from scripts import served
from stnviz.checkpoints.library import default_library
from stnviz.onnx.web_runtime import is_complete
from stnviz.settings import web_runtime_folder
from stnviz.site.build import build_site
from stnviz.ui.bundle import bundle
from tests.browser.static_sites import NETWORKS, OTHERS

PATIENCE = 120
expect.set_options(timeout=30_000)  # a page that all workers load waits longer than 5 s

LATE = """{
    const wait = %d, { addEventListener } = WebSocket.prototype;
    WebSocket.prototype.addEventListener = function (kind, heard, ...more) {
        const late = (event) => setTimeout(() => heard.call(this, event), wait);
        addEventListener.call(this, kind, kind === "message" ? late : heard, ...more);
    };
}"""
"""Hears everything from the server so many milliseconds later."""

WIDTH, HEIGHT = 1280, 800

MOST_SAID = 3000
"""How many characters of what a frame shows are printed when a test has failed."""

FOCUSED = """() => {
    let on = document.activeElement;
    while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
    return on?.outerHTML.slice(0, 200);
}"""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    # Whether the runtime is installed must not change what the tests see.
    with served.served(STNVIZ_ANSWERS="server") as address:
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


class Quiet(SimpleHTTPRequestHandler):
    """A static server that says nothing."""

    def log_message(self, format: str, *arguments: Any) -> None:
        return


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not is_complete(web_runtime_folder()):
        pytest.skip("the runtime is not here: `stnviz fetch web-runtime`")
    folder = tmp_path_factory.mktemp("site")
    build_site(folder, default_library(), (*NETWORKS[:1], *OTHERS))
    return folder


@pytest.fixture(scope="session")
def address_of_site(site_folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site_folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def site_context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.fixture
def visit(look: Callable[..., Page]) -> Callable[..., Page]:
    """Open a path of the app in a page of its own, and wait until the stage answers."""

    def go(path: str = "/", *, live: bool = True, width: int = WIDTH, touch: bool = False) -> Page:
        stage = "[data-testid=stage][data-ready=true]"
        page = look(path, stage, live=live, width=width, touch=touch)
        if live:
            page.wait_for_selector("[data-testid=stage][data-live=on]")
        return page

    return go


def page_with(browser: Browser, entry: Path, name: str) -> Iterator[Page]:
    """An empty page that has what a script and its imports define under ``name``."""
    page = browser.new_page()
    page.add_script_tag(content=f"{bundle(entry)}\nwindow.{name} = {name};")
    yield page
    page.close()


class Profile:
    """A browser's context for all tests; each of them opens pages of its own in it.

    They come as popups of a page that stays, and so into its process, which has compiled the
    program by then: half the time of a page in a new context.
    """

    def __init__(self, chromium: Browser, address: str, touch: bool) -> None:
        self._context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            has_touch=touch,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._opener = self._context.new_page()
        self._opener.goto(f"{address}/_stcore/health")

    def page(self, width: int) -> Page:
        """A new page."""
        with self._context.expect_page() as opened:
            self._opener.evaluate("() => { window.open('about:blank') }")
        page = opened.value
        if width != WIDTH:
            page.set_viewport_size({"width": width, "height": HEIGHT})
        return page

    def forget(self) -> None:
        """Close the pages of a test, and keep nothing that they have stored."""
        for page in self._context.pages:
            if page != self._opener:
                page.close()
        self._context.clear_cookies()
        self._opener.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")


@pytest.fixture(scope="session")
def profile(chromium: Browser, address: str) -> Callable[[bool], Profile]:
    """The profile with touch, and the one without."""
    return cache(lambda touch: Profile(chromium, address, touch))


PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, Any]:
    """Note whether the test itself has passed, for what its fixtures do afterwards."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


def describe(page: Page) -> str:
    """What the page and its frames show, for whoever reads that a test has failed."""
    said = [f"The page shows, with the focus on {page.evaluate(FOCUSED)}:"]
    for frame in page.frames:
        said += [frame.url, frame.locator("body").aria_snapshot(timeout=5_000)[:MOST_SAID]]
    return "\n".join(said)


@pytest.fixture
def look(
    profile: Callable[[bool], Profile], address: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open a path of the app in a page of its own, and wait for something on it."""
    profiles = set()
    pages: list[Page] = []
    problems: list[str] = []

    def go(
        path: str,
        until: str,
        *,
        live: bool = True,
        width: int = WIDTH,
        touch: bool = False,
        late: float = 0.0,
    ) -> Page:
        profiles.add(profile(touch))
        page = profile(touch).page(width)
        page.set_default_timeout(PATIENCE * 1000)
        pages.append(page)
        page.on("pageerror", lambda error: problems.append(str(error)))
        if not live:
            page.route_web_socket("**/live", lambda line: line.close())
        if late:
            page.add_init_script(LATE % (1000 * late))
        page.goto(address + path)
        page.wait_for_selector(until)
        return page

    yield go
    if not request.node.stash.get(PASSED, True):
        print(*map(describe, pages), sep="\n")
    for one in profiles:
        one.forget()
    assert problems == []
