"""Draw docs/images/coordinates.svg: one row of four pixels in four coordinate conventions.

    python scripts/make_coordinates_picture.py

The numbers on the rulers are computed by the functions that the documentation page describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from stnviz.coordinates import base_grid
from stnviz.geometry import align_corners_to_theta, pixel_boxes_to_unit, pixel_points_to_unit
from stnviz.transforms import Affine

TARGET = Path(__file__).parents[1] / "docs" / "images" / "coordinates.svg"
COUNT, SIDE, LEFT, TOP, APART = 4, 110, 290, 24, 62
GREYS = ("#dfe3e8", "#c3cad3", "#dfe3e8", "#c3cad3")
INK, BLUE, ORANGE = "#26303b", "#1769aa", "#b85c00"
SIZE = (COUNT, COUNT)
FONT = 'font-family="sans-serif" font-size="15"'


def across(x: float) -> float:
    """Map an x coordinate in [-1, 1] to the drawing."""
    return LEFT + (x + 1) / 2 * COUNT * SIDE


def rulers() -> Iterator[tuple[str, str, list[tuple[float, str]]]]:
    """Yield each ruler's title, colour and marks: position in [-1, 1] and label."""
    counted = torch.arange(COUNT + 1.0)
    both = torch.stack([counted, counted], dim=1)
    centres = pixel_points_to_unit(both[:COUNT], SIZE)[:, 0].tolist()
    edges = pixel_boxes_to_unit(torch.cat([both, both], dim=1), SIZE)[:, 0].tolist()
    theirs = torch.linspace(-1, 1, COUNT)
    # A point at x with align_corners=True lies at scale * x; scale is that of the map from a very
    # fine grid to this row.
    fine = (10**6, 10**6)
    shorter = align_corners_to_theta(Affine(), Affine().identity().double()[None], SIZE, fine)
    ours = base_grid(SIZE)[0, :, 0].tolist()
    yield "points: OpenCV, scipy", ORANGE, [(x, str(n)) for n, x in enumerate(centres)]
    yield "boxes: COCO, torchvision", ORANGE, [(x, str(n)) for n, x in enumerate(edges)]
    yield (
        "this program, align_corners=False",
        BLUE,
        [(-1, "-1"), *((x, f"{x:g}") for x in ours), (1, "1")],
    )
    scale = float(shorter[0, 0])
    yield "align_corners=True", INK, [(scale * float(x), f"{float(x):.2g}") for x in theirs]


def picture() -> str:
    """The drawing as SVG."""
    height = TOP + SIDE + 4 * APART + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + COUNT * SIDE + 40}" '
        f'height="{height}" {FONT}>',
        "<title>One row of four pixels and four ways to say where they lie</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for place, grey in enumerate(GREYS):
        left = LEFT + place * SIDE
        parts.append(f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="{grey}"/>')
        middle = f'cx="{left + SIDE / 2:g}" cy="{TOP + SIDE / 2:g}"'
        parts.append(f'<circle {middle} r="3" fill="{INK}"/>')
    for row, (name, colour, marks) in enumerate(rulers()):
        y = TOP + SIDE + row * APART + 24
        start, end = across(marks[0][0]), across(marks[-1][0])
        parts.append(
            f'<text x="{LEFT - 14}" y="{y + 5}" text-anchor="end" fill="{INK}">{name}</text>'
        )
        line = f'x1="{start:g}" x2="{end:g}" y1="{y}" y2="{y}"'
        parts.append(f'<line {line} stroke="{colour}" stroke-width="2"/>')
        for at, said in marks:
            x = f"{across(at):g}"
            tick = f'x1="{x}" x2="{x}" y1="{y - 6}" y2="{y + 6}"'
            parts.append(f'<line {tick} stroke="{colour}" stroke-width="2"/>')
            label = said.replace("-", "\u2212")
            parts.append(
                f'<text x="{x}" y="{y + 24}" text-anchor="middle" fill="{colour}">{label}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    TARGET.write_text(picture(), encoding="utf-8")
    print(TARGET)
