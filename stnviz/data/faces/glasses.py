"""Drawing of random glasses as RGBA images."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from stnviz.data.faces.poses import HALF_WIDTH, LENS_X
from stnviz.data.faces.shapes import Frame, paint, rounded_box
from stnviz.data.numbers.sampling import Random
from stnviz.shapes import Float

SHADES = 0.4
"""Share of glasses with dark lenses."""


@dataclass(frozen=True)
class Glasses:
    """Appearance of glasses; lengths in their own frame (:mod:`stnviz.data.faces.poses`).

    Args:
        across: (B,) half the width of a lens.
        down: (B,) half the height of a lens.
        corner: (B,) radius of a lens's corners: large for round lenses.
        droop: (B,) outward shift of a lens per unit downwards, as in aviator glasses.
        thick: (B,) thickness of the rims, bridge and arms.
        frame: (B, 3) colour of the rims, bridge and arms.
        tint: (B, 3) colour of the lenses.
        opacity: (B,) opacity of the lenses.
    """

    across: Float[Tensor, " b"]
    down: Float[Tensor, " b"]
    corner: Float[Tensor, " b"]
    droop: Float[Tensor, " b"]
    thick: Float[Tensor, " b"]
    frame: Float[Tensor, "b 3"]
    tint: Float[Tensor, "b 3"]
    opacity: Float[Tensor, " b"]

    def as_row(self) -> Float[Tensor, "b n"]:
        """All numbers of each pair of glasses in a row."""
        return torch.cat(
            [getattr(self, one.name).reshape(len(self.across), -1) for one in fields(self)], dim=1
        )

    @classmethod
    def from_row(cls, row: Float[Tensor, "b n"]) -> Glasses:
        """The inverse of :meth:`as_row`."""
        across, down, corner, droop, thick, *_, opacity = row.unbind(dim=1)
        return cls(across, down, corner, droop, thick, row[:, 5:8], row[:, 8:11], opacity)


def draw_glasses(random: Random) -> Glasses:
    """Draw random glasses: round, square or aviator, with coloured frames, clear or dark."""
    across, down = random.between(0.32, 0.38), random.between(0.25, 0.34)
    kind = random.below(3)
    down = torch.where(kind == 0, across, down)
    roundness = torch.where(kind == 0, 1.0, torch.where(kind == 1, 0.35, 0.8))
    droop = torch.where(kind == 2, 0.25, 0.0)
    dark = random.unit() < SHADES
    opacity = torch.where(dark, random.between(0.7, 0.9), random.between(0.05, 0.25))
    tint = torch.where(dark[:, None], 0.25 * random.unit(3), 0.7 + 0.3 * random.unit(3))
    frame = 0.45 * random.unit(1) * random.unit(3)
    thick = random.between(0.09, 0.15)
    return Glasses(
        across, down, roundness * torch.minimum(across, down), droop, thick, frame, tint, opacity
    )


def render_glasses(
    glasses: Glasses, matrix: Float[Tensor, "b 3 3"], side: int
) -> Float[Tensor, "b 4 s s"]:
    """Render glasses as RGBA with straight (not premultiplied) alpha.

    Args:
        glasses: their appearance.
        matrix: maps image coordinates to the frame of the glasses.
        side: height and width in pixels.
    """
    frame = Frame.of(matrix, side)
    lens = rounded_box(
        frame.x.abs() - LENS_X - glasses.droop[:, None, None] * frame.y, frame.y,
        glasses.across, glasses.down, glasses.corner,
    )  # fmt: skip
    thick = glasses.thick[:, None, None]
    gap = LENS_X - glasses.across
    bridge = frame.bow(0.0, -0.1, gap, 0.06, glasses.thick)
    hinge = (LENS_X + glasses.across + HALF_WIDTH) / 2
    arms = Frame(frame.x.abs(), frame.y, frame.pixels).bow(
        hinge, -0.1, HALF_WIDTH - hinge, 0.0, glasses.thick
    )
    rim = frame.cover(torch.minimum(lens.abs() - thick / 2, torch.minimum(bridge, arms)))
    inside = frame.cover(lens) * glasses.opacity[:, None, None, None]
    colour = paint(
        glasses.frame[:, :, None, None].expand(-1, -1, side, side),
        frame.cover(lens + thick / 2),
        glasses.tint,
    )
    colour = paint(colour, rim, glasses.frame)
    return torch.cat([colour, torch.maximum(rim, inside)], dim=1)
