"""Anti-aliased shapes from signed distances: ellipse, rounded box and curved line.

A signed distance is negative inside and in the units of the frame that the shape is given in. A
frame knows how many pixels its unit has, so that an edge is one pixel wide at any image size, and
the same shape can be rendered at any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.coordinates import base_grid
from stnviz.shapes import Float
from stnviz.transforms import Projective


@dataclass(frozen=True)
class Frame:
    """Coordinates of every pixel of a batch of images, in the frame of a drawn object.

    Args:
        x: (B, S, S) to the right.
        y: (B, S, S) downwards.
        pixels: (B, 1, 1) length of a unit of the frame in pixels, at its origin.
    """

    x: Float[Tensor, "b s s"]
    y: Float[Tensor, "b s s"]
    pixels: Float[Tensor, "b 1 1"]

    @classmethod
    def of(cls, matrix: Float[Tensor, "b 3 3"], side: int) -> Frame:
        """The frame to which ``matrix`` maps an image of ``side`` pixels."""
        grid = Projective().grid(matrix.flatten(1)[:, :8], (side, side))
        area = torch.linalg.det(matrix[:, :2, :2]).abs()
        return cls(grid[..., 0], grid[..., 1], (side / 2 / area.sqrt())[:, None, None])

    @classmethod
    def whole(cls, count: int, side: int, device: torch.device) -> Frame:
        """The frame of the image itself, with coordinates in [-1, 1]."""
        grid = base_grid((side, side), device=device).expand(count, -1, -1, -1)
        return cls(grid[..., 0], grid[..., 1], torch.full((count, 1, 1), side / 2, device=device))

    def cover(self, distance: Float[Tensor, "b s s"]) -> Float[Tensor, "b 1 s s"]:
        """Coverage of each pixel in [0, 1], from a signed distance."""
        return (0.5 - distance * self.pixels).clamp(0, 1)[:, None]

    def ellipse(
        self, x: Tensor | float, y: Tensor | float, across: Tensor | float, down: Tensor | float
    ) -> Float[Tensor, "b s s"]:
        """Signed distance from an ellipse around (x, y) with two half axes; exact at its edge."""
        dx, dy = (self.x - _wide(x)) / _wide(across), (self.y - _wide(y)) / _wide(down)
        reach = (dx.square() + dy.square()).sqrt()
        slope = ((dx / _wide(across)).square() + (dy / _wide(down)).square()).sqrt()
        return reach * (reach - 1) / slope.clamp(min=1e-6)

    def bow(
        self, x: Tensor | float, y: Tensor | float, half: Tensor | float, bend: Tensor | float,
        thick: Tensor | float,
    ) -> Float[Tensor, "b s s"]:  # fmt: skip
        """Signed distance from a line through (x, y), ``half`` long each way, bent downwards."""
        dx = self.x - _wide(x)
        beyond = (dx.abs() - _wide(half)).clamp(min=0)
        along = dx.clamp(min=-1, max=1) / _wide(half)
        dy = self.y - _wide(y) - _wide(bend) * along.square().clamp(max=1)
        return (beyond.square() + dy.square()).sqrt() - _wide(thick) / 2


def paint(
    images: Float[Tensor, "b c s s"], cover: Float[Tensor, "b 1 s s"], colour: Float[Tensor, "b c"]
) -> Float[Tensor, "b c s s"]:
    """Blend a colour into each image, weighted by ``cover``."""
    return images + cover * (colour[:, :, None, None] - images)


def rounded_box(
    x: Float[Tensor, "b s s"],
    y: Float[Tensor, "b s s"],
    across: Tensor,
    down: Tensor,
    round_: Tensor,
) -> Float[Tensor, "b s s"]:
    """Signed distance from a box around the origin with corners of radius ``round_``."""
    dx = x.abs() - _wide(across - round_)
    dy = y.abs() - _wide(down - round_)
    outside = (dx.clamp(min=0).square() + dy.clamp(min=0).square()).sqrt()
    return outside + torch.maximum(dx, dy).clamp(max=0) - _wide(round_)


def _wide(value: Tensor | float) -> Tensor | float:
    """Broadcast one number per image over its pixels."""
    return value[:, None, None] if isinstance(value, Tensor) and value.ndim == 1 else value
