"""What is to be seen on a canvas in the browser."""

from __future__ import annotations

from playwright.sync_api import Locator

PIXELS = """canvas => {
    const { width, height } = canvas;
    return Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data);
}"""


def reds(canvas: Locator) -> int:
    """How many different levels its red channel has: one for an empty canvas."""
    return len(set(canvas.evaluate(PIXELS)[::4]))
