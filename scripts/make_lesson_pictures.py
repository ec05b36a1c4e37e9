"""Take a screenshot of every lesson for ``docs/teaching.md``, into ``docs/images/lessons``.

    python scripts/make_lesson_pictures.py [NAME ...]

It needs what ``scripts/make_screenshot.py`` needs.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.served import ROOT, chromium, served
from stnviz.lessons import read_course

FOLDER = ROOT / "docs" / "images" / "lessons"
WIDTH, HEIGHT, MARGIN = 1180, 1600, 12
MOST = 560
"""Largest height of a picture: the text, and at least the first question."""


def main() -> None:
    """Open each lesson, or those named, and keep the upper part of it with few colours."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    names = sys.argv[1:] or [lesson.name for lesson in read_course("en").lessons]
    with served() as address, sync_playwright() as playwright:
        browser = chromium(playwright)
        size = ViewportSize(width=WIDTH, height=HEIGHT)
        page = browser.new_context(viewport=size, reduced_motion="reduce").new_page()
        for name in names:
            page.goto(f"{address}/lessons?lesson={name}&lang=en")
            page.wait_for_selector("[data-testid=lessons][data-ready=true]")
            page.wait_for_timeout(800)
            box = page.locator("[data-testid=lessons] article").bounding_box()
            assert box
            height = min(box["height"], MOST) + 2 * MARGIN
            clip = FloatRect(
                x=box["x"] - MARGIN, y=box["y"] - MARGIN, width=box["width"] + 2 * MARGIN,
                height=height,
            )  # fmt: skip
            path = FOLDER / f"{name}.png"
            with Image.open(io.BytesIO(page.screenshot(clip=clip))) as shot:
                shot.convert("RGB").quantize(64).save(path, optimize=True)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
