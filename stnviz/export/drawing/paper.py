"""The colours of a sheet, light and dark, and its type."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.plots.colours import DARK, LANES, LANES_ON_PAPER, LIGHT, PAPER

HALO = "#0a0c10"
"""Behind lines on pictures, so that they are visible on bright and dark areas."""

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
        lanes: the transformers' colours beside text.
    """

    ground: str
    well: str
    ink: str
    faint: str
    line: str
    accent: str
    lanes: tuple[str, ...]


PAPERS = {
    "light": Paper(PAPER, "#eceae3", LIGHT.ink, LIGHT.faint, LIGHT.line, LIGHT.series[0], LANES_ON_PAPER),
    "dark": Paper(
        "#14161a", "#23272e", DARK.ink, DARK.faint, DARK.line, DARK.series[0],
        tuple(colour for _, colour, _ in LANES),
    ),
}  # fmt: skip
