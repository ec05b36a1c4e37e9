"""Soft shapes: how much of each pixel an ellipse, a rounded box or a line covers.

Everything is a signed distance, negative inside, in the units of the frame that the shape is
given in. A frame knows how many pixels its unit is, so that an edge is one pixel wide however
large the picture: the same shape at another size is the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.coordinates import base_grid
from stnviz.transforms import Projective


@dataclass(frozen=True)
class Frame:
    """Every pixel of a batch of pictures, in the coordinates of something drawn there.

    Args:
        x: (B, S, S) to the right.
        y: (B, S, S) downwards.
        pixels: (B, 1, 1) that a unit of it is long, at its middle.
    """

    x: Float[Tensor, "b s s"]
    y: Float[Tensor, "b s s"]
    pixels: Float[Tensor, "b 1 1"]

    @classmethod
    def of(cls, matrix: Float[Tensor, "b 3 3"], side: int) -> Frame:
        """The frame that ``matrix`` maps a picture of ``side`` pixels to."""
        grid = Projective().grid(matrix.flatten(1)[:, :8], (side, side))
        area = torch.linalg.det(matrix[:, :2, :2]).abs()
        return cls(grid[..., 0], grid[..., 1], (side / 2 / area.sqrt())[:, None, None])

    @classmethod
    def whole(cls, count: int, side: int, device: torch.device) -> Frame:
        """The pictures' own coordinates."""
        grid = base_grid((side, side), device=device).expand(count, -1, -1, -1)
        return cls(grid[..., 0], grid[..., 1], torch.full((count, 1, 1), side / 2, device=device))

    def cover(self, distance: Float[Tensor, "b s s"]) -> Float[Tensor, "b 1 s s"]:
        """How much of each pixel lies inside."""
        return (0.5 - distance * self.pixels).clamp(0, 1)[:, None]

    def ellipse(
        self, x: Tensor | float, y: Tensor | float, across: Tensor | float, down: Tensor | float
    ) -> Float[Tensor, "b s s"]:
        """Distance from an ellipse around (x, y) with two half axes; exact at its edge."""
        dx, dy = (self.x - _wide(x)) / _wide(across), (self.y - _wide(y)) / _wide(down)
        reach = (dx.square() + dy.square()).sqrt()
        slope = ((dx / _wide(across)).square() + (dy / _wide(down)).square()).sqrt()
        return reach * (reach - 1) / slope.clamp(min=1e-6)

    def bow(
        self, x: Tensor | float, y: Tensor | float, half: Tensor | float, bend: Tensor | float,
        thick: Tensor | float,
    ) -> Float[Tensor, "b s s"]:  # fmt: skip
        """Distance from a line through (x, y), ``half`` long to either side and bent downwards."""
        dx = self.x - _wide(x)
        beyond = (dx.abs() - _wide(half)).clamp(min=0)
        along = dx.clamp(min=-1, max=1) / _wide(half)
        dy = self.y - _wide(y) - _wide(bend) * along.square().clamp(max=1)
        return (beyond.square() + dy.square()).sqrt() - _wide(thick) / 2


def paint(
    images: Float[Tensor, "b c s s"], cover: Float[Tensor, "b 1 s s"], colour: Float[Tensor, "b c"]
) -> Float[Tensor, "b c s s"]:
    """Lay a colour over part of each image."""
    return images + cover * (colour[:, :, None, None] - images)


def rounded_box(
    x: Float[Tensor, "b s s"],
    y: Float[Tensor, "b s s"],
    across: Tensor,
    down: Tensor,
    round_: Tensor,
) -> Float[Tensor, "b s s"]:
    """Distance from a box around the origin whose corners are rounded."""
    dx = x.abs() - _wide(across - round_)
    dy = y.abs() - _wide(down - round_)
    outside = (dx.clamp(min=0).square() + dy.clamp(min=0).square()).sqrt()
    return outside + torch.maximum(dx, dy).clamp(max=0) - _wide(round_)


def _wide(value: Tensor | float) -> Tensor | float:
    """One number a picture, for all its pixels."""
    return value[:, None, None] if isinstance(value, Tensor) and value.ndim == 1 else value
