"""Glyph images of digits in several typefaces: the free fonts that come with matplotlib."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stnviz.shapes import Float

CELL_HEIGHT, CELL_WIDTH, DIGIT_HEIGHT = 48, 40, 40
"""Height and width of a glyph cell, and height of a digit in it, in pixels."""

FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSerif",
    "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralBol", "cmr10", "cmss10", "cmb10",
)  # fmt: skip

_DRAWN, _GAP = 120, 4
"""Font size at which glyphs are drawn before resizing, and pixels between neighbouring digits."""


@lru_cache(maxsize=1)
def glyphs() -> tuple[Float[Tensor, "f 11 48 40"], Float[Tensor, " f"]]:
    """Glyphs of every digit in every font, white on black, and an empty eleventh.

    Returns:
        Images in [0, 1], and each font's distance between neighbouring digits in digit heights.
    """
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    atlas = np.zeros((len(FONTS), 11, CELL_HEIGHT, CELL_WIDTH), np.float32)
    pitches = np.zeros(len(FONTS), np.float32)
    for place, name in enumerate(FONTS):
        font = ImageFont.truetype(folder / f"{name}.ttf", _DRAWN)
        boxes = np.array([font.getbbox(str(digit), anchor="ls") for digit in range(10)])
        top, bottom = boxes[:, 1].min(), boxes[:, 3].max()
        widest = (boxes[:, 2] - boxes[:, 0]).max()
        factor = min(DIGIT_HEIGHT / (bottom - top), (CELL_WIDTH - _GAP) / widest)
        for digit, (left, _, right, _) in enumerate(boxes):
            cell = Image.new("L", (round(CELL_WIDTH / factor), round(CELL_HEIGHT / factor)))
            middle = (cell.width - right - left) / 2, (cell.height - bottom - top) / 2
            ImageDraw.Draw(cell).text(middle, str(digit), 255, font, anchor="ls")
            small = cell.resize((CELL_WIDTH, CELL_HEIGHT), Image.Resampling.BOX)
            atlas[place, digit] = np.asarray(small, np.float32) / 255
        pitches[place] = (widest * factor + _GAP) / DIGIT_HEIGHT
    return torch.from_numpy(atlas), torch.from_numpy(pitches)
