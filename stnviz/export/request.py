"""What is asked of an export: size, resolution, theme, sweep, frames; checked, with limits."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from stnviz.export.own import Own
from stnviz.export.scenes.scene import NotExportable

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

MILLIMETRES = {"mm": 1.0, "cm": 10.0, "in": 25.4}
NARROWEST, WIDEST = 60.0, 1_000.0
"""Width of a figure in millimetres."""

COARSEST, FINEST = 36, 1_200
"""Dots per inch."""

STILL_DPI, ANIMATION_DPI = 300, 120

MOST_FRAMES, FASTEST = 1_000, 60.0
MOST_STILL_PIXELS, MOST_ANIMATION_PIXELS = 60e6, 800e6
"""Pixels of a picture, and of all frames of an animation together."""

LONGEST_SIDE = 4_096
"""Pixels along a side of an animation: what players of videos can show."""


@dataclass(frozen=True)
class Wanted:
    """What an export is to look like.

    Args:
        width: in millimetres.
        dpi: dots per inch; by default 300 for stills and 120 for animations.
        theme: light or dark.
        captioned: whether a caption with model, data and seed is drawn below.
        sweep: such as ``rotation=-90:90``; empty for none.
        frames: number of frames of a sweep; 180 by default.
        rate: frames per second; by default that of the scene.
        animated: whether the format is an animation.
        image: index of the image of a trace that a still shows.
        own: an upload that is shown in place of what the link names.

    Raises:
        NotExportable: a number is out of its range; the message names the limit.
    """

    width: float = 160.0
    dpi: int | None = None
    theme: Theme = "light"
    captioned: bool = True
    sweep: str = ""
    frames: int | None = None
    rate: float | None = None
    animated: bool = False
    image: int = 0
    own: Own | None = None

    def __post_init__(self) -> None:
        _within("The width", self.width, NARROWEST, WIDEST, "mm")
        if self.dpi is not None:
            _within("The resolution", self.dpi, COARSEST, FINEST, "dpi")
        if self.frames is not None:
            _within("The number of frames", self.frames, 2, MOST_FRAMES, "")
        if self.rate is not None:
            _within("The rate", self.rate, 0.1, FASTEST, "frames per second")
        if self.theme not in THEMES:
            raise NotExportable(f"The theme is one of {', '.join(THEMES)}.")

    @property
    def points(self) -> float:
        """The width in points of 1/72 inch."""
        return self.width / 25.4 * 72

    @property
    def scale(self) -> float:
        """Pixels for each point."""
        return (self.dpi or (ANIMATION_DPI if self.animated else STILL_DPI)) / 72


def _within(what: str, value: float, low: float, high: float, unit: str) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        limits = f"{low:g} to {high:,g} {unit}".rstrip()
        raise NotExportable(f"{what} goes from {limits}: {value:g} is outside.")


def parse_width(text: str) -> float:
    """A width such as ``160mm``, ``16cm`` or ``6.3in`` in millimetres.

    Raises:
        NotExportable: it is none.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*(mm|cm|in)?", text.strip())
    if match is None:
        raise NotExportable(f"The size {text[:20]!r} must be a width such as 160mm, 16cm or 6.3in.")
    return float(match[1]) * MILLIMETRES[match[2] or "mm"]


def check_pixels(width: float, height: float, frames: int) -> None:
    """Refuse sizes that would exhaust the memory.

    Args:
        width: in pixels.
        height: in pixels.
        frames: how many pictures there are.

    Raises:
        NotExportable: there are too many pixels; the message names the limit.
    """
    if frames > 1 and max(width, height) > LONGEST_SIDE:
        raise NotExportable(
            f"{width:,.0f} x {height:,.0f} pixels are more than an animation may have, "
            f"{LONGEST_SIDE:,} a side: choose a smaller size or fewer dpi."
        )
    most = MOST_STILL_PIXELS if frames == 1 else MOST_ANIMATION_PIXELS
    if width * height * frames > most:
        raise NotExportable(
            f"{frames:,} x {width:,.0f} x {height:,.0f} pixels are more than the "
            f"{most / 1e6:,.0f} million that one file may have: choose a smaller size, fewer dpi "
            "or fewer frames."
        )
