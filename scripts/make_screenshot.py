"""Take the pictures of the running app for README and docs, into ``docs/images``.

    python scripts/make_screenshot.py [NAME ...]

Needs the development requirements and a Chromium, as ``make test`` installs them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from playwright.sync_api import sync_playwright
from served import ROOT, chromium, served

FOLDER = ROOT / "docs" / "images"


@dataclass(frozen=True)
class Picture:
    """One page of the app.

    Args:
        name: of the file.
        address: of the page.
        ready: selector of what is there when the page is.
        height: of the window in pixels.
    """

    name: str
    address: str
    ready: str
    height: int


PICTURES = (
    Picture("play", "/", "[data-testid=stage][data-live=on][data-ready=true]", 720),
    Picture(
        "attention", "/attention?what=birds&picture=3",
        "[data-testid=attention][data-ready=true]", 860,
    ),
    Picture("steps", "/steps?what=glasses&sharp=1", "[data-testid=steps][data-ready=true]", 850),
    Picture(
        "video", "/video?frame=33&grid=1",
        "[data-testid=video][data-ready=true]", 760,
    ),
)  # fmt: skip

NAMES = [picture.name for picture in PICTURES]


def main() -> None:
    """Start the app, open each page, or those that are named, and take its picture when still."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        for picture in (one for one in PICTURES if one.name in (sys.argv[1:] or NAMES)):
            size = {"width": 1280, "height": picture.height}
            page = browser.new_context(viewport=size, reduced_motion="reduce").new_page()
            page.goto(address + picture.address)
            page.wait_for_selector(picture.ready)
            page.wait_for_timeout(2000)
            path = FOLDER / f"{picture.name}.png"
            page.screenshot(path=path)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
