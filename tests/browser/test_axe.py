"""What axe-core finds on the pages: every one, light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from stnviz.ui.pages import TITLES

pytestmark = pytest.mark.browser

AXE = Axe()
TALL = 6000
"""Pixels, more than any page has: axe passes over words that are scrolled out of sight."""
SETTLED = """() => document.querySelector(
  '[data-testid=stApp][data-test-script-state=notRunning]'
) && document.querySelector('h4') && !document.querySelector('[data-stale=true]')
  && [...document.querySelectorAll('*')].every(
    (one) => one.shadowRoot?.querySelector('.house:not([data-ready])') == null
  ) && document.getAnimations().every((one) => one.playState !== 'running')"""


def findings(page: Page) -> list[str]:
    """What is serious or worse on a page that stands still, a line each."""
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(400)
    page.wait_for_function(SETTLED)
    return [
        f"{found['id']}: {node['html'][:120]} ({node['failureSummary'][:160]})"
        for found in AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


@pytest.mark.law
@pytest.mark.parametrize(
    ("pages", "theme", "width"),
    [
        (("debug",), "light", 1400),
        pytest.param(TITLES, "light", 1400, marks=pytest.mark.slow),
        pytest.param(TITLES, "dark", 390, marks=pytest.mark.slow),
        pytest.param(TITLES, "light", 390, marks=pytest.mark.slow),
        pytest.param(TITLES, "dark", 1400, marks=pytest.mark.slow),
    ],
)
def test_no_page_has_a_serious_finding(
    chromium: Browser, address: str, pages: Iterable[str], theme: str, width: int
) -> None:
    with chromium.new_context(
        viewport={"width": width, "height": TALL}, color_scheme=theme, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        found = {}
        for name in pages:
            page.goto(f"{address}/{'' if name == 'play' else name}")
            found[name] = findings(page)
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.law
def test_words_inside_a_component_are_judged(chromium: Browser, address: str) -> None:
    with chromium.new_context(
        viewport={"width": 1400, "height": TALL}, color_scheme="light", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(address)
        page.locator("[data-testid=stage] .status").evaluate(
            "(place) => place.insertAdjacentHTML('afterend', '<p style=\"color: #ccc\">faint</p>')"
        )
        assert any("faint" in one for one in findings(page))
