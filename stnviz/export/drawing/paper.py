"""The colours of a sheet, light and dark, and its type."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.plots.annotate import GROUND as NIGHT
from stnviz.plots.annotate import HALO as HALO
from stnviz.plots.colours import DARK, LIGHT, PAPER, Theme

TITLE, BODY, NOTE, BIG = 9.5, 8.0, 7.0, 20.0
"""Sizes of type in points: titles, words, notes, and a prediction of few letters."""

LEADING = 1.35
"""Distance of two lines, in sizes of type."""

YOURS, YOURS_DASH = "#f2994a", (3.0, 2.2)
"""The visitor's distortion: orange and dashed."""

DOTS = 0.55
"""Points for each pixel of a lane's dash."""


@dataclass(frozen=True)
class Paper:
    """Colours of a sheet, all #rrggbb.

    Args:
        ground: the sheet.
        well: around a picture, where windows may reach.
        ink: text.
        faint: notes and captions.
        line: thin lines.
        accent: the network's blue, for text.
        series: colours of curves, the network's blue first.
    """

    ground: str
    well: str
    ink: str
    faint: str
    line: str
    accent: str
    series: tuple[str, ...]


def _paper(ground: str, well: str, theme: Theme) -> Paper:
    return Paper(ground, well, theme.ink, theme.faint, theme.line, theme.series[0], theme.series)


PAPERS = {"light": _paper(PAPER, "#eceae3", LIGHT), "dark": _paper(NIGHT, "#23272e", DARK)}
