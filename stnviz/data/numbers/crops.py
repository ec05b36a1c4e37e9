"""Synthetic crops of house numbers: placement of the numbers and composition of the image.

A *tight* crop ends near the number; in a *loose* one, the number is small, somewhere on the
wall. They correspond to the 64 and 128 pixel crops of SVHN (Jaderberg et al. 2015, section 4.2).
A neighbouring number may be cut by the edge of the crop; it is not part of the label.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stnviz.coordinates import base_grid, sample
from stnviz.data.numbers import LONGEST, NONE
from stnviz.data.numbers.glyphs import CELL_HEIGHT, CELL_WIDTH, DIGIT_HEIGHT, glyphs
from stnviz.data.numbers.sampling import Random
from stnviz.data.numbers.surfaces import (
    colours,
    light,
    paint,
    shadow,
    spoil,
    texture,
    twig,
    worn,
)
from stnviz.shapes import Float, Int

LENGTHS = (0.1, 0.3, 0.3, 0.2, 0.1)
"""Probabilities of numbers with one to five digits."""

TILT, PERSPECTIVE = 0.45, 0.2
"""Maximum rotation of a number in radians, and maximum change of its depth at the crop's edge."""

MOST = 0.95
"""Maximum distance of a number's corners from the crop's centre, in half crops."""

TIGHT, LOOSE = (0.72, 0.94, 0.5), (0.28, 0.55, 0.9)
"""For each kind of crop: minimum and maximum share of the crop that a number fills, and its
maximum shift off the centre, as a share of the free room."""

NEIGHBOURS, PLATES, TWIGS, SHADOWS = 0.5, 0.4, 0.4, 0.4
"""Probabilities of a neighbour cut by the edge, a plate behind the number, a twig in front of it,
and a shadow across it."""

CONTRAST = (0.2, 0.75)
"""Minimum and maximum difference in brightness between a number and its background."""


@dataclass(frozen=True)
class Crops:
    """A batch of drawn crops.

    Args:
        images: (B, 3, S, S) in [0, 1].
        labels: (B, 5) digits from the left; 10 where there is none.
        corners: (B, 4, 2) corners of the number: top left, top right, bottom right, bottom left,
            as (x, y) in [-1, 1].
    """

    images: Float[Tensor, "b 3 s s"]
    labels: Int[Tensor, "b 5"]
    corners: Float[Tensor, "b 4 2"]


@dataclass(frozen=True)
class Placed:
    """Numbers placed on their canvases.

    Args:
        labels: (B, 5) digits from the left; 10 where there is none.
        font: (B,) index of the font.
        matrix: (B, 3, 3) maps canvas coordinates to the number's frame: origin at its centre, and
            digits of height 1.
        width: (B,) width of the number, in digit heights.
        height: (B,) height of a digit, in half canvases.
    """

    labels: Tensor
    font: Tensor
    matrix: Tensor
    width: Tensor
    height: Tensor

    def corners(self) -> Float[Tensor, "b 4 2"]:
        """Corners of the number on the canvas."""
        across, down = self.width / 2, torch.full_like(self.width, 0.5)
        square = torch.stack(
            [
                torch.stack([x * across, y * down, torch.ones_like(down)], dim=1)
                for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ],
            dim=1,
        )
        there = square @ torch.linalg.inv(self.matrix).mT
        return there[..., :2] / there[..., 2:]

    def reach(self) -> Float[Tensor, "b 2"]:
        """Maximum distance of its corners from the canvas's centre, in x and in y."""
        return self.corners().abs().amax(dim=1)

    def moved(self, by: Float[Tensor, "b 2"]) -> Placed:
        """The number shifted right and down: its matrix samples further left and up."""
        shift = torch.eye(3, device=by.device).repeat(len(by), 1, 1)
        shift[:, :2, 2] = -by
        return replace(self, matrix=self.matrix @ shift)


def draw_crops(count: int, side: int, generator: torch.Generator, *, loose: float) -> Crops:
    """Draw random crops of house numbers.

    Args:
        count: number of crops.
        side: height and width of the crops in pixels.
        generator: its device is that of the crops.
        loose: 0 for tight crops, 1 for loose ones; values between interpolate.
    """
    random = Random(count, generator)
    ends = zip(TIGHT, LOOSE, strict=True)
    low, high, wander = ((1 - loose) * near + loose * far for near, far in ends)
    number = place(random, random.between(low, high), wander)
    cut, fits = beside(random, number)
    wall, ink = colours(random, CONTRAST)
    images = texture(random, wall, side)
    grid = base_grid((side, side), device=generator.device)[None].expand(count, -1, -1, -1)
    shown = (random.unit() < NEIGHBOURS) & fits
    others = ink + 0.15 * random.normal(3)
    images = paint(images, coverage(cut, grid) * shown[:, None, None, None], others)
    plate, on_plate = colours(random, CONTRAST)
    plated = random.unit() < PLATES
    images = paint(images, board(number, grid, random) * plated[:, None, None, None], plate)
    ink = torch.where(plated[:, None], on_plate, ink)
    images = paint(images, worn(random, coverage(number, grid)), ink)
    corners = number.corners()
    middle = corners.mean(dim=1)
    hung = (random.unit() < TWIGS)[:, None, None, None]
    images = paint(images, twig(random, middle, number.height, side) * hung, random.unit(3))
    shade = shadow(random, middle, number.height, side)
    images = torch.where((random.unit() < SHADOWS)[:, None, None, None], images * shade, images)
    images = spoil(random, light(random, images), number.height * side / 2)
    return Crops(images, number.labels, corners)


def place(random: Random, fill: Tensor, wander: float) -> Placed:
    """Draw numbers that fill the share ``fill`` of the canvas, shifted by up to ``wander``."""
    atlas, pitches = glyphs()
    font = random.below(len(atlas))
    weights = torch.tensor(LENGTHS, device=random.device).expand(random.count, -1)
    length = torch.multinomial(weights, 1, generator=random.generator)[:, 0] + 1
    labels = random.below(10, LONGEST)
    labels[torch.arange(LONGEST, device=random.device) >= length[:, None]] = NONE
    width = length * pitches.to(random.device)[font]
    height = torch.minimum(2 * fill / width, 1.5 * fill)  # of a digit, in half canvases
    turn = _turn(random)
    middling = Placed(labels, font, _sized(turn, height), width, height)
    height = height * (MOST / middling.reach().amax(dim=1)).clamp(max=1)
    middling = replace(middling, matrix=_sized(turn, height), height=height)
    room = (1 - middling.reach()).clamp(min=0)
    return middling.moved(wander * room * random.between(-1, 1, 2))


def beside(random: Random, number: Placed) -> tuple[Placed, Tensor]:
    """Draw neighbours left or right of a number, with part of one digit in the crop.

    Returns:
        The neighbours, and for each whether there is room for it.
    """
    other = place(random, random.between(0.5, 0.9), wander=0.5)
    corners = number.corners()[..., 0]
    left = random.unit() < 0.5
    gap = torch.where(left, 1 + corners.amin(dim=1), 1 - corners.amax(dim=1)).clamp(min=0)
    pitch = other.height * other.width / (other.labels != NONE).sum(dim=1)
    reach = torch.minimum(pitch * random.between(0.3, 0.8), 0.85 * gap)
    theirs = other.corners()[..., 0]
    wanted = torch.where(left, -1 + reach - theirs.amax(dim=1), 1 - reach - theirs.amin(dim=1))
    moved = other.moved(torch.stack([wanted, torch.zeros_like(wanted)], dim=1))
    return moved, reach > 0.2 * pitch


def _turn(random: Random) -> Float[Tensor, "b 3 3"]:
    """Random matrix from the canvas to a centred number that is half as high as the canvas."""
    angle, slant = TILT * random.between(-1, 1) * random.unit(), 0.2 * random.between(-1, 1)
    cos, sin, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack(
        [
            cos, sin + slant * cos, zero, -sin, cos - slant * sin, zero,
            PERSPECTIVE * random.between(-1, 1), PERSPECTIVE * random.between(-1, 1), one,
        ],
        1,
    ).unflatten(1, (3, 3))  # fmt: skip


def _sized(turn: Float[Tensor, "b 3 3"], height: Float[Tensor, " b"]) -> Float[Tensor, "b 3 3"]:
    """Scale a matrix to digits of the given height, in half canvases."""
    rows = torch.stack([1 / height, 1 / height, torch.ones_like(height)], dim=1)
    return rows[:, :, None] * turn


def _on_number(number: Placed, grid: Float[Tensor, "b h w 2"]) -> tuple[Tensor, Tensor]:
    """Map canvas points to the number's frame: digit heights right of and below its centre."""
    x, y = grid.unbind(-1)
    rows = number.matrix[..., None, None].unbind(dim=1)
    across, down, depth = (row[:, 0] * x + row[:, 1] * y + row[:, 2] for row in rows)
    depth = depth.clamp(min=0.1)
    return across / depth, down / depth


def coverage(number: Placed, grid: Float[Tensor, "b h w 2"]) -> Float[Tensor, "b 1 h w"]:
    """Coverage of each pixel by the digits."""
    atlas, pitches = (part.to(grid.device) for part in glyphs())
    cells = atlas[number.font[:, None], number.labels]
    strip = cells.permute(0, 2, 1, 3).reshape(len(cells), 1, CELL_HEIGHT, LONGEST * CELL_WIDTH)
    across, down = _on_number(number, grid)
    pitch = pitches[number.font][:, None, None]
    turn = (across + number.width[:, None, None] / 2) / pitch
    slot = turn.floor()
    x = CELL_WIDTH * (slot + 0.5) + (turn - slot - 0.5) * pitch * DIGIT_HEIGHT
    y = CELL_HEIGHT / 2 + DIGIT_HEIGHT * down
    x = torch.where((slot >= 0) & (slot < LONGEST), 2 * x / (LONGEST * CELL_WIDTH) - 1, -3.0)
    return sample(strip, torch.stack([x, 2 * y / CELL_HEIGHT - 1], dim=-1))


def board(
    number: Placed, grid: Float[Tensor, "b h w 2"], random: Random
) -> Float[Tensor, "b 1 h w"]:
    """Coverage of each pixel by a plate around the number."""
    across, down = _on_number(number, grid)
    margin = random.between(0.1, 0.3)[:, None, None]
    beyond = torch.maximum(
        across.abs() - number.width[:, None, None] / 2 - margin, down.abs() - 0.5 - margin
    )
    return (0.5 - beyond * 20).clamp(0, 1)[:, None]
