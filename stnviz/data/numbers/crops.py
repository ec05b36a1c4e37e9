"""Crops of house numbers, drawn: fonts, colours, light, perspective, blur, and neighbours.

A *tight* crop ends near the number, a *loose* one leaves the number small somewhere on the
wall, as the 64 and 128 pixel crops of SVHN do (Jaderberg et al. 2015, section 4.2). Beside
the number may stand another one that the edge of the crop cuts; it is not part of the label.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from stnviz.coordinates import base_grid, sample
from stnviz.data.numbers import LONGEST, NONE
from stnviz.data.numbers.glyphs import CELL_HEIGHT, CELL_WIDTH, DIGIT_HEIGHT, glyphs

LENGTHS = (0.1, 0.3, 0.3, 0.2, 0.1)
"""How often a number has one to five digits."""

TILT, PERSPECTIVE = 0.26, 0.12
"""Largest turn of a number in radians, and largest change of its depth at the crop's edge."""

NEIGHBOURS, PLATES = 0.5, 0.4
"""How often a neighbour is cut by the edge, and how often a number has a plate of its own."""

CONTRAST, SATURATION = (0.35, 0.85), 0.7
BLUR, GRAIN = 0.05, 0.06
"""Largest blur in digit heights (one standard deviation), and largest noise."""


@dataclass(frozen=True)
class Crops:
    """Drawn crops.

    Args:
        images: (B, 3, S, S) in [0, 1].
        labels: (B, 5) digits from the left; 10 where there is none.
        corners: (B, 4, 2) of the number: top left, top right, bottom right, bottom left, as
            (x, y) in [-1, 1].
    """

    images: Float[Tensor, "b 3 s s"]
    labels: Int[Tensor, "b 5"]
    corners: Float[Tensor, "b 4 2"]


@dataclass(frozen=True)
class Placed:
    """Numbers on their canvases.

    Args:
        labels: (B, 5).
        font: (B,).
        matrix: (B, 3, 3), from the canvas to digit heights around the number's middle.
        width: (B,) in digit heights.
        height: (B,) of a digit, in half canvases.
    """

    labels: Tensor
    font: Tensor
    matrix: Tensor
    width: Tensor
    height: Tensor

    def corners(self) -> Float[Tensor, "b 4 2"]:
        """Where the number's corners lie on the canvas."""
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


def draw_crops(count: int, side: int, generator: torch.Generator, *, loose: bool) -> Crops:
    """Draw house numbers.

    Args:
        count: how many.
        side: height and width of the crops in pixels.
        generator: on the device where they are drawn.
        loose: whether the number is small, somewhere in the crop.
    """
    random = Random(count, generator)
    fill = random.between(0.28, 0.55) if loose else random.between(0.72, 0.94)
    number = place(random, fill, wander=0.9 if loose else 0.5)
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
    images = paint(images, coverage(number, grid), ink)
    images = spoil(random, light(random, images), number.height * side / 2)
    return Crops(images, number.labels, number.corners())


class Random:
    """Random numbers, one for each of ``count`` pictures."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator, self.device = count, generator, generator.device

    def unit(self, *shape: int) -> Tensor:
        """Uniform in [0, 1)."""
        return torch.rand(self.count, *shape, generator=self.generator, device=self.device)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit(*shape)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal."""
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def below(self, limit: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to ``limit`` - 1."""
        return torch.randint(
            limit, (self.count, *shape), generator=self.generator, device=self.device
        )


def place(random: Random, fill: Tensor, wander: float) -> Placed:
    """Numbers that take up the share ``fill`` of the canvas, off its middle by ``wander``."""
    atlas, pitches = glyphs()
    font = random.below(len(atlas))
    weights = torch.tensor(LENGTHS, device=random.device).expand(random.count, -1)
    length = torch.multinomial(weights, 1, generator=random.generator)[:, 0] + 1
    labels = random.below(10, LONGEST)
    labels[torch.arange(LONGEST, device=random.device) >= length[:, None]] = NONE
    width = length * pitches.to(random.device)[font]
    height = torch.minimum(2 * fill / width, 1.5 * fill)  # of a digit, in half canvases
    room_x, room_y = (1 - height * side / 2 for side in (width, torch.ones_like(width)))
    shift = [wander * room.clamp(min=0) * random.between(-1, 1) for room in (room_x, room_y)]
    return Placed(labels, font, _matrix(random, height, *shift), width, height)


def beside(random: Random, number: Placed) -> tuple[Placed, Tensor]:
    """Neighbours with part of one digit in the crop, left or right of it, and whether they fit."""
    other = place(random, random.between(0.5, 0.9), wander=0.5)
    corners = number.corners()[..., 0]
    left = random.unit() < 0.5
    gap = torch.where(left, 1 + corners.amin(dim=1), 1 - corners.amax(dim=1)).clamp(min=0)
    pitch = other.height * other.width / (other.labels != NONE).sum(dim=1)
    reach = torch.minimum(pitch * random.between(0.3, 0.8), 0.85 * gap)
    theirs = other.corners()[..., 0]
    # Moving a number right by d is reading its map d further left.
    wanted = torch.where(left, -1 + reach - theirs.amax(dim=1), 1 - reach - theirs.amin(dim=1))
    shift = torch.eye(3, device=random.device).repeat(random.count, 1, 1)
    shift[:, 0, 2] = -wanted
    moved = Placed(other.labels, other.font, other.matrix @ shift, other.width, other.height)
    return moved, reach > 0.2 * pitch


def _matrix(random: Random, height: Tensor, x: Tensor, y: Tensor) -> Float[Tensor, "b 3 3"]:
    angle, slant = TILT * random.between(-1, 1) * random.unit(), 0.2 * random.between(-1, 1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    away = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).unflatten(1, (3, 3))
    cos, sin = angle.cos() / height, angle.sin() / height
    turn = torch.stack(
        [
            cos, sin + slant * cos, zero, -sin, cos - slant * sin, zero,
            PERSPECTIVE * random.between(-1, 1), PERSPECTIVE * random.between(-1, 1), one,
        ],
        1,
    ).unflatten(1, (3, 3))  # fmt: skip
    return turn @ away


def _on_number(number: Placed, grid: Float[Tensor, "b h w 2"]) -> tuple[Tensor, Tensor]:
    """Canvas points as digit heights right of and below the number's middle."""
    rows = number.matrix[:, None, None]
    points = (rows[..., :2] @ grid[..., None])[..., 0] + rows[..., 2]
    depth = points[..., 2].clamp(min=0.1)
    return points[..., 0] / depth, points[..., 1] / depth


def coverage(number: Placed, grid: Float[Tensor, "b h w 2"]) -> Float[Tensor, "b 1 h w"]:
    """How much of each pixel the digits cover."""
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
    """A plate around the number."""
    across, down = _on_number(number, grid)
    margin = random.between(0.1, 0.3)[:, None, None]
    beyond = torch.maximum(
        across.abs() - number.width[:, None, None] / 2 - margin, down.abs() - 0.5 - margin
    )
    return (0.5 - beyond * 20).clamp(0, 1)[:, None]


def colours(random: Random, contrast: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Two colours (B, 3) whose brightness differs by at least the lower contrast."""
    first = random.unit(3)
    bright = first.mean(dim=1, keepdim=True)
    first = bright + SATURATION * random.unit(1) * (first - bright)
    step = random.between(*contrast)[:, None]
    up, down = step <= 1 - bright, step <= bright
    # Where there is room on neither side, the larger one has more than the lower contrast.
    wanted = torch.where(up == down, (random.unit() < 0.5)[:, None], up)
    rises = torch.where(up | down, wanted, bright < 0.5)
    aim = torch.where(rises, bright + step, bright - step).clamp(0, 1)
    tint = 0.1 * random.normal(3)
    return first, (aim + tint - tint.mean(dim=1, keepdim=True)).clamp(0, 1)


def texture(random: Random, colour: Float[Tensor, "b 3"], side: int) -> Float[Tensor, "b 3 s s"]:
    """A wall: its colour, uneven at two scales."""
    images = colour[:, :, None, None].expand(-1, -1, side, side)
    for cells, strength in ((3, 0.12), (16, 0.06)):
        coarse = strength * random.unit(1, 1, 1) * random.normal(3, cells, cells)
        images = images + F.interpolate(coarse, (side, side), mode="bilinear")
    return images


def paint(
    images: Float[Tensor, "b 3 s s"], cover: Float[Tensor, "b 1 s s"], colour: Float[Tensor, "b 3"]
) -> Float[Tensor, "b 3 s s"]:
    """Lay a colour over part of each image."""
    return images + cover * (colour[:, :, None, None] - images)


def light(random: Random, images: Float[Tensor, "b 3 s s"]) -> Float[Tensor, "b 3 s s"]:
    """Light that falls off across the picture, and a tint of its own."""
    side = images.shape[-1]
    slope = random.between(-0.3, 0.3, 2)
    grid = base_grid((side, side), device=images.device)
    fall = 1 + (slope[:, None, None] * grid).sum(dim=-1)
    tint = random.between(0.85, 1.1, 3)
    return images * fall[:, None] * tint[:, :, None, None]


def spoil(
    random: Random, images: Float[Tensor, "b 3 s s"], height: Float[Tensor, " b"]
) -> Float[Tensor, "b 3 s s"]:
    """Out of focus, by a share of the digits' ``height`` in pixels, and grainy."""
    side = images.shape[-1]
    sigma = (BLUR * height * random.unit()).clamp(min=0.2)
    reach = torch.arange(-4, 5, device=images.device)
    kernel = (-reach.square() / (2 * sigma[:, None].square())).exp()
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)[:, None]
    flat = images.reshape(1, -1, side, side)
    for weights in (kernel[:, :, None, :], kernel[:, :, :, None]):
        pad = (4, 4, 0, 0) if weights.shape[-1] > 1 else (0, 0, 4, 4)
        flat = F.conv2d(F.pad(flat, pad, mode="replicate"), weights, groups=flat.shape[1])
    images = flat.reshape(images.shape)
    grain = GRAIN * random.unit(1, 1, 1) * random.normal(3, side, side)
    return (images + grain).clamp(0, 1)
