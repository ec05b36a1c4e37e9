"""The marks of windows on a picture: the network's, and the visitor's distortion."""

from __future__ import annotations

import numpy as np

from stnviz.export.drawing.marks import Area, Line, Picture, Rect, Text
from stnviz.export.drawing.paper import DOTS, HALO, YOURS, YOURS_DASH
from stnviz.export.scenes.scene import Outline
from stnviz.plots.colours import LANES
from stnviz.records import Array

OnPicture = list[Picture | Line | Area | Text]

THIN, THICK = 0.5, 1.3
"""Widths of inner lines and of an outline in points."""

FARTHEST = 12.0
"""Coordinates beyond this are drawn at it: nothing so far away is seen."""


def window_marks(outline: Outline, rect: Rect, *, grid: bool) -> OnPicture:
    """A window's outline with its letter, and its inner lines.

    Args:
        outline: the window.
        rect: of the picture.
        grid: whether inner lines are drawn.
    """
    if not np.isfinite(outline.lattice).all():
        return []
    _, colour, dash = LANES[outline.lane % len(LANES)]
    net = _net(outline.lattice, rect)
    marks: OnPicture = []
    if grid:
        inner = (*net[1:-1], *net.swapaxes(0, 1)[1:-1])
        marks += [Line(line, colour, THIN) for line in inner]
    around = closed(net)
    marks.append(Line(around, colour, THICK, [DOTS * length for length in dash], HALO))
    return marks + _letter(outline.name, around[0], colour, rect)


def yours_marks(lattice: Array, rect: Rect) -> OnPicture:
    """The edge of the clean picture as the visitor has distorted it: orange and dashed."""
    if not np.isfinite(lattice).all():
        return []
    return [Line(closed(_net(lattice, rect)), YOURS, THICK, YOURS_DASH, HALO)]


def closed(net: Array) -> Array:
    """The closed outline of a net (n, n, 2)."""
    return np.concatenate([net[0], net[1:, -1], net[-1, -2::-1], net[-2::-1, 0]])


def box_of(lattice: Array) -> Array:
    """(4, 2) corners of a lattice, clockwise from the top left."""
    count = round(len(lattice) ** 0.5)
    net = lattice.reshape(count, count, 2)
    found: Array = np.stack([net[0, 0], net[0, -1], net[-1, -1], net[-1, 0]])
    return found


def _net(lattice: Array, rect: Rect) -> Array:
    """A lattice in [-1, 1] of a picture as a net in points."""
    count = round(len(lattice) ** 0.5)
    left, top, width, height = rect
    unit = (np.clip(lattice, -FARTHEST, FARTHEST) + 1) / 2
    found: Array = (unit * (width, height) + (left, top)).reshape(count, count, 2)
    return found


def _letter(name: str, at: Array, colour: str, rect: Rect) -> OnPicture:
    """A letter on a dark ground, kept near the picture."""
    width, height = 5.2 + 4.3 * (len(name) - 1), 8.0
    room = 0.13 * max(rect[2:])
    x = float(np.clip(at[0] - width / 2, rect[0] - room, rect[0] + rect[2] + room - width))
    y = float(np.clip(at[1] - height / 2, rect[1] - room, rect[1] + rect[3] + room - height))
    middle = x + width / 2
    ground = Area((x, y, width, height), HALO)
    return [ground, Text((middle, y + 6.3), name, 6.5, colour, "bold", "middle")]
