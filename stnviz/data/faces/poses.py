"""Where faces are and where glasses lie: 3x3 matrices from the picture to a frame of its own.

The frame of a face has its origin in the middle of the head and reaches 1 down to the chin. The
frame of glasses has the middles of the lenses at (-0.5, 0) and (0.5, 0): put on a face, they lie
on the eyes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from stnviz.data.numbers.sampling import Random

EYE_X, EYE_Y = 0.34, -0.12
"""Where the eyes are on a face, right and left of its middle and below it."""

SIZE, MIDDLE = 0.72, (0.0, 0.06)
"""Of the average face: a unit of its frame, and its middle, in half pictures."""

REACH, TILT, GROWTH, TURN = 0.14, 0.22, 0.12, 0.1
"""How far faces are from the average one: half pictures, radians, the log of a factor, and how
much nearer one cheek is than the other."""

START_REACH, START_TILT, START_GROWTH = 0.2, 0.3, 0.25
"""How far glasses begin from where the average face wears them."""

LENS_X = 0.5
"""How far the middles of lenses are from the middle of their glasses, in the glasses' frame."""

HALF_WIDTH, HALF_HEIGHT = 0.95, 0.42
"""Of glasses, likewise."""


def similarity(
    x: Tensor, y: Tensor, angle: Tensor, size: Tensor, turn: Tensor | None = None
) -> Float[Tensor, "b 3 3"]:
    """From the picture to the frame of what lies at (x, y), turned clockwise, of a size.

    Args:
        x: of its middle, in half pictures.
        y: likewise, downwards.
        angle: in radians.
        size: of a unit of the frame, in half pictures.
        turn: how much depth changes along a unit of the frame; none by default.
    """
    cos, sin, zero, one = angle.cos(), angle.sin(), torch.zeros_like(x), torch.ones_like(x)
    there = torch.stack(
        [size * cos, -size * sin, x, size * sin, size * cos, y, zero, zero, one], dim=1
    ).unflatten(1, (3, 3))
    if turn is not None:
        nearer = torch.stack([one, zero, zero, zero, one, zero, turn, zero, one], 1)
        there = there @ nearer.unflatten(1, (3, 3))
    matrix = torch.linalg.inv(there)
    return matrix / matrix[:, 2:, 2:]


def draw_poses(random: Random) -> tuple[Float[Tensor, "b 3 3"], Float[Tensor, " b"]]:
    """Faces about the average one: from the picture to each, and how far it is turned aside."""
    x, y = (random.between(-REACH, REACH, 2) + torch.tensor(MIDDLE, device=random.device)).T
    size = SIZE * random.between(-GROWTH, GROWTH).exp()
    turn = random.between(-TURN, TURN)
    return similarity(x, y, random.between(-TILT, TILT), size, turn), turn


def worn(face: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 3 3"]:
    """From the picture to the glasses on a face."""
    fit = LENS_X / EYE_X
    onto = torch.tensor(
        [[fit, 0.0, 0.0], [0.0, fit, -fit * EYE_Y], [0.0, 0.0, 1.0]], device=face.device
    )
    matrix = onto @ face
    return matrix / matrix[:, 2:, 2:]


def draw_starts(random: Random) -> Float[Tensor, "b 3 3"]:
    """From the picture to glasses that lie about where the average face wears them."""
    size = SIZE * EYE_X / LENS_X
    x, y = random.between(-START_REACH, START_REACH, 2).T
    return similarity(
        x + MIDDLE[0], y + MIDDLE[1] + SIZE * EYE_Y, random.between(-START_TILT, START_TILT),
        size * random.between(-START_GROWTH, START_GROWTH).exp(),
    )  # fmt: skip


def lying_between(
    left: Float[Tensor, "b 2"], right: Float[Tensor, "b 2"]
) -> Float[Tensor, "b 3 3"]:
    """From the picture to glasses whose lenses have their middles at two points of it."""
    (x, y), (across, down) = ((left + right) / 2).T, (right - left).T
    return similarity(x, y, torch.atan2(down, across), torch.hypot(across, down))


def lens_middles(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 2 2"]:
    """Where the middles of the lenses lie in the picture: the left one, the right one."""
    return _in_picture(matrix, [(-LENS_X, 0.0), (LENS_X, 0.0)])


def box_corners(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 4 2"]:
    """Where the corners of glasses lie in the picture: top left, top right, bottom right, left."""
    across, down = HALF_WIDTH, HALF_HEIGHT
    return _in_picture(matrix, [(-across, -down), (across, -down), (across, down), (-across, down)])


def _in_picture(
    matrix: Float[Tensor, "b 3 3"], points: Sequence[tuple[float, float]]
) -> Float[Tensor, "b n 2"]:
    """Where points of a frame lie in the picture."""
    known = torch.tensor([[x, y, 1.0] for x, y in points], device=matrix.device)
    there = known @ torch.linalg.inv(matrix).mT
    return there[..., :2] / there[..., 2:]
