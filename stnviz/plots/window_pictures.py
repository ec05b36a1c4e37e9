"""Images with the windows of a trace drawn on them, as pixels: for TensorBoard and for files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from stnviz.plots.annotate import HALO, dashed
from stnviz.plots.colours import LANES
from stnviz.plots.windows import Window, window_of
from stnviz.records import Array, Trace
from stnviz.records.drawing import as_picture
from stnviz.records.windows import warps_of

USUAL = 160
"""Small images are enlarged to about this many pixels along the shorter side, unsmoothed."""

TWICE = 2
"""Windows are drawn at twice the size and then downscaled, so that lines have smooth edges."""

LINE, GAP = 2, 4
"""Width of an outline, and distance between two images of a sheet, in pixels."""

GROUND = 22
"""Grey level of the gaps."""


def to_pixels(images: Array) -> list[NDArray[np.uint8]]:
    """Images (B, C, H, W) of any range as (H, W, 3) bytes each; other channels as their mean."""
    pictures = (as_picture(image) for image in images)
    return [np.broadcast_to(one, (*one.shape[:2], 3)) for one in pictures]


def draw_windows(picture: NDArray[np.uint8], windows: Sequence[Window]) -> Image.Image:
    """Draw the outlines of windows on an enlarged image; those that are nowhere are left out.

    Args:
        picture: (H, W, 3).
        windows: in [-1, 1] of the image.
    """
    height, width = picture.shape[:2]
    zoom = max(1, round(USUAL / min(height, width)))
    size = (zoom * width, zoom * height)
    large = (TWICE * size[0], TWICE * size[1])
    sheet = Image.fromarray(picture).resize(large, Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(sheet)
    for window in windows:
        if not np.isfinite(window.outline).all():
            continue
        _, colour, dash = LANES[window.lane % len(LANES)]
        places = (window.outline.clip(-9, 9) + 1) / 2 * np.array(large)
        outline = [(float(x), float(y)) for x, y in places]
        pen.line(outline, HALO, TWICE * (LINE + 2), joint="curve")
        for piece in dashed(outline, [TWICE * length for length in dash]):
            pen.line(piece, colour, TWICE * LINE, joint="curve")
    return sheet.resize(size, Image.Resampling.BOX)


def window_sheet(trace: Trace, count: int) -> NDArray[np.uint8]:
    """The first images with their windows, and beside each what its transformers give out.

    Args:
        trace: of pictures.
        count: how many images are shown, at most; one below the other.

    Returns:
        (H, W, 3).
    """
    steps = warps_of(trace)
    given = to_pixels(trace.images[:count])
    outputs = [to_pixels(step.output[:count]) for step in steps if step.output.shape[1]]
    rows = []
    for index, picture in enumerate(given):
        shown = draw_windows(picture, [window_of(trace, step, index) for step in steps])
        cells = [shown, *(Image.fromarray(output[index]) for output in outputs)]
        rows.append([np.asarray(_as_high(cell, shown.height)) for cell in cells])
    return np.concatenate([_beside(row) for row in rows])


def _as_high(picture: Image.Image, height: int) -> Image.Image:
    width = max(1, round(picture.width * height / picture.height))
    return picture.resize((width, height), Image.Resampling.NEAREST)


def _beside(pictures: Sequence[Array]) -> Array:
    """Pictures beside one another, each with a gap behind and below it."""
    edges = ((0, GAP), (0, GAP), (0, 0))
    return np.concatenate([np.pad(one, edges, constant_values=GROUND) for one in pictures], axis=1)
