"""The Steps page as a browser shows it."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def at_step(page: Page, tick: int) -> None:
    """The page shows this step, in its strip and on its slider."""
    tiles = page.locator(".tile")
    expect(tiles.nth(tick - 1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("slider", name="Step")).to_have_value(str(tick))
