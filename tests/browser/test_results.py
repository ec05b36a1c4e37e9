"""The paper's table is legible: our error is the larger of the two numbers of a cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from stnviz.ui.results.table import results_on_cards, table_html

pytestmark = pytest.mark.browser

SIZES = """() => [...document.querySelectorAll('td:has(small)')].map(cell => [
  getComputedStyle(cell).fontSize, getComputedStyle(cell.querySelector('small')).fontSize,
].map(parseFloat))"""

LEGIBLE = 12
"""Smallest size of letters in pixels."""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_papers_error_is_smaller_than_ours(chromium: Browser, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.set_content(table_html(results_on_cards()[0]))
    sizes = page.evaluate(SIZES)
    page.close()
    assert len(sizes) > 30
    assert all(LEGIBLE <= paper < ours for ours, paper in sizes)
