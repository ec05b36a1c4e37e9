"""Take screenshots of the running app for README and docs, into ``docs/images``.

    python scripts/make_screenshot.py [NAME ...]

``pictures.json`` in that folder records the navigation titles and the address of each screenshot,
so that a test can detect an outdated one.

It needs the development requirements and a Chromium, as ``make test`` installs them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.served import ROOT, chromium, served

FOLDER = ROOT / "docs" / "images"
SAID = FOLDER / "pictures.json"


@dataclass(frozen=True)
class Picture:
    """A screenshot of one page of the app.

    Args:
        name: name of the file.
        address: address of the page.
        ready: CSS selector of an element that exists when the page is ready.
        height: height of the browser window in pixels.
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
    Picture("debug", "/debug", "[data-testid=debug][data-ready=true]", 1250),
    Picture("inside", "/inside", "[data-testid=inside][data-busy=false]", 900),
)  # fmt: skip

NAMES = [picture.name for picture in PICTURES]


def main() -> None:
    """Start the app, open each page, or those named, and take a screenshot when it is still."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    said = json.loads(SAID.read_text(encoding="utf-8")) if SAID.exists() else {}
    with served() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        for picture in (one for one in PICTURES if one.name in (sys.argv[1:] or NAMES)):
            size = ViewportSize(width=1280, height=picture.height)
            page = browser.new_context(viewport=size, reduced_motion="reduce").new_page()
            page.goto(address + picture.address)
            page.wait_for_selector(picture.ready)
            page.wait_for_timeout(2000)
            path = FOLDER / f"{picture.name}.png"
            page.screenshot(path=path)
            titles = page.get_by_test_id("stTopNavLink").all_inner_texts()
            said[picture.name] = {"titles": titles, "address": picture.address}
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")
        browser.close()
    kept = {name: said[name] for name in NAMES if name in said}
    SAID.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
