"""A trace as a drawing for notebooks, in SVG: it needs neither matplotlib nor an application.

Every image is one row: the picture with the grid of every transformer on it, and what each of them
reads. Pictures are small PNGs inside the drawing, shown pixel by pixel.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from stnviz.records.conventions import conventional_grid
from stnviz.records.lanes import LANES
from stnviz.records.trace import Array, Step, Trace

SIDE = 148
"""Width of one picture in the drawing, in pixels."""

GAP = 28
"""Space between pictures: windows reach beyond them."""

LINE = 38
"""Height of the line of words over the pictures."""

MOST_STEPS = 8
MOST_LINES = 8
MOST_POINTS = 400
"""Steps, grid lines in each direction, and sampled points that are drawn."""


@dataclass(frozen=True)
class Drawing:
    """A drawing that a notebook shows by itself.

    Args:
        svg: its text.
    """

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Write an SVG file."""
        Path(path).write_text(self.svg, encoding="utf-8")


def draw_trace(trace: Trace, images: int = 4) -> Drawing:
    """Draw the first images of a trace.

    Args:
        trace: of pictures or volumes; of a volume, the middle slice is drawn.
        images: how many of its images are drawn, at most.
    """
    steps = trace.steps[:MOST_STEPS]
    heights = [_height(trace.images), *(_height(step.output) for step in steps)]
    row = max(heights, default=SIDE) + GAP
    shown = range(min(images, len(trace)))
    parts = [_words(0, "input")]
    parts += [_words(column + 1, _title(step)) for column, step in enumerate(steps)]
    for index in shown:
        top = LINE + index * row
        parts.append(_picture(trace.images, index, 0, top))
        for column, step in enumerate(steps):
            parts.append(_picture(step.output, index, column + 1, top))
            parts.append(_grid(step, index, top, heights[0]))
    width, height = (len(steps) + 1) * (SIDE + GAP), LINE + len(shown) * row + GAP / 2
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" style="background:#fbfaf7" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="#1d2126">{"".join(parts)}</svg>'
    )


def as_picture(image: Array) -> Array:
    """(H, W, 1 or 3) uint8 of one image or feature map; values outside [0, 1] are scaled into it.

    Args:
        image: (C, H, W) or (C, D, H, W), of which the middle slice is taken.
    """
    if image.ndim == 4:
        image = image[:, image.shape[1] // 2]
    if not image.shape[0]:
        image = np.zeros((1, *image.shape[1:]), np.float32)
    if image.shape[0] != 3:
        image = image.mean(axis=0, keepdims=True, dtype=np.float64)
    values = np.nan_to_num(image.astype(np.float64), posinf=0, neginf=0)
    low, high = min(0.0, values.min(initial=0)), max(1.0, values.max(initial=0))
    scaled: Array = (255 * (values - low) / (high - low)).round().astype(np.uint8)
    return scaled.transpose(1, 2, 0)


def as_png(picture: Array) -> bytes:
    """A PNG file of a (H, W, 1 or 3) uint8 picture."""
    height, width, channels = picture.shape
    rows = np.zeros((height, width * channels + 1), np.uint8)  # each row begins with its filter
    rows[:, 1:] = picture.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _height(pictures: Array) -> float:
    height, width = pictures.shape[-2:]
    return min(2 * SIDE, max(12.0, SIDE * height / max(width, 1)))


def _title(step: Step[Array]) -> str:
    name = f"{chr(ord('A') + step.lane % 26)}{step.tick + 1}"
    return f"{name}: {step.transform or step.kind}"


def _left(column: int) -> float:
    return GAP / 2 + column * (SIDE + GAP)


def _words(column: int, words: str) -> str:
    return f'<text x="{_left(column)}" y="{LINE - 12}">{escape(words[:24])}</text>'


def _picture(pictures: Array, index: int, column: int, top: float) -> str:
    if not pictures.shape[1]:
        return f'<text x="{_left(column)}" y="{top + 12}" fill="#6b6f76">not kept</text>'
    data = b64encode(as_png(as_picture(pictures[index]))).decode()
    return (
        f'<image x="{_left(column)}" y="{top}" width="{SIDE}" height="{_height(pictures)}" '
        'preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _grid(step: Step[Array], index: int, top: float, height: float) -> str:
    """Lines of a grid, or its points, over the image; of a volume, its middle slice."""
    grid = conventional_grid(step)[index]
    if grid.ndim == 4:
        grid = grid[grid.shape[0] // 2, :, :, :2]
    at = np.clip((grid.astype(np.float64) + 1) / 2, -4, 5) * (SIDE, height) + (_left(0), top)
    _, colour, dash = LANES[step.lane % len(LANES)]
    if step.kind in ("points", "planes", "lookup"):
        points = at.reshape(-1, 2)
        points = points[np.isfinite(points).all(axis=1)]
        few = points[:: max(1, len(points) // MOST_POINTS)]
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in few)
        return f'<g fill="{colour}" stroke="#0a0c10" stroke-width="0.7">{dots}</g>'
    rows, columns = (
        np.unique(np.linspace(0, extent - 1, MOST_LINES).round()).astype(int)
        for extent in at.shape[:2]
    )
    lines = [*at[rows], *at[:, columns].swapaxes(0, 1)]
    drawn = [line for line in lines if np.isfinite(line).all() and len(line) > 1]
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) for line in drawn)
    return (
        f'<path d="{path}" fill="none" stroke="#0a0c10" stroke-width="3" opacity="0.55"/>'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.2" '
        f'stroke-dasharray="{" ".join(map(str, dash))}"/>'
    )
