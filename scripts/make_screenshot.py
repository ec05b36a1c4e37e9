"""Take the README's picture: ``docs/images/play.png``, of the running app.

    python scripts/make_screenshot.py

Needs the development requirements and a Chromium, as ``make test`` installs them.
"""

from __future__ import annotations

from playwright.sync_api import sync_playwright
from served import ROOT, chromium, served

PICTURE = ROOT / "docs" / "images" / "play.png"
SIZE = {"width": 1280, "height": 720}


def main() -> None:
    """Start the app, open the landing page, wait until it is still, take the picture."""
    with served() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_context(viewport=SIZE, reduced_motion="reduce").new_page()
        page.goto(address)
        page.wait_for_selector("[data-testid=stage][data-live=on][data-ready=true]")
        page.wait_for_timeout(2000)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
