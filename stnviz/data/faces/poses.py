"""Poses of faces and glasses: 3x3 matrices from image coordinates to an object's own frame.

Image coordinates are in [-1, 1], so that lengths are in half images. The frame of a face has its
origin at the centre of the head, and the chin at y = 1. The frame of glasses has the centres of
the lenses at (-0.5, 0) and (0.5, 0): on a face, they lie on the eyes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stnviz.data.numbers.sampling import Random
from stnviz.shapes import Float
from stnviz.transforms.matrix import inverse_matrix

EYE_X, EYE_Y = 0.34, -0.12
"""Positions of the eyes in the frame of a face: (+-EYE_X, EYE_Y)."""

SIZE, MIDDLE = 0.72, (0.0, 0.06)
"""The average face: length of a unit of its frame, and its centre, in half images."""

REACH, TILT, GROWTH, TURN = 0.14, 0.22, 0.12, 0.1
"""Maximum deviation of a face from the average one: shift in half images, rotation in radians,
log of the scale factor, and change of depth along a unit of its frame."""

START_REACH, START_TILT, START_GROWTH = 0.2, 0.3, 0.25
"""Maximum deviation of the glasses' start from their position on the average face.

They are a shift in half images, a rotation in radians and the log of a scale factor."""

LENS_X = 0.5
"""Distance of the lenses' centres from the centre of the glasses, in the glasses' frame."""

HALF_WIDTH, HALF_HEIGHT = 0.95, 0.42
"""Half the width and height of glasses, in their frame."""


def similarity(
    x: Tensor, y: Tensor, angle: Tensor, size: Tensor, turn: Tensor | None = None
) -> Float[Tensor, "b 3 3"]:
    """Matrix from image coordinates to the frame of an object at (x, y).

    Args:
        x: centre of the object, in half images.
        y: likewise, downwards.
        angle: clockwise rotation in radians.
        size: length of a unit of the frame, in half images.
        turn: change of depth along a unit of the frame; by default none, and the map is a
            similarity.
    """
    cos, sin, zero, one = angle.cos(), angle.sin(), torch.zeros_like(x), torch.ones_like(x)
    there = torch.stack(
        [size * cos, -size * sin, x, size * sin, size * cos, y, zero, zero, one], dim=1
    ).unflatten(1, (3, 3))
    if turn is not None:
        nearer = torch.stack([one, zero, zero, zero, one, zero, turn, zero, one], 1)
        there = there @ nearer.unflatten(1, (3, 3))
    return inverse_matrix(there)


def draw_poses(random: Random) -> tuple[Float[Tensor, "b 3 3"], Float[Tensor, " b"]]:
    """Draw random poses of faces: matrices from the image to each face, and sideways turns."""
    x, y = (random.between(-REACH, REACH, 2) + torch.tensor(MIDDLE, device=random.device)).T
    size = SIZE * random.between(-GROWTH, GROWTH).exp()
    turn = random.between(-TURN, TURN)
    return similarity(x, y, random.between(-TILT, TILT), size, turn), turn


def worn(face: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 3 3"]:
    """Matrix from the image to the frame of the glasses worn by a face."""
    fit = LENS_X / EYE_X
    onto = torch.tensor(
        [[fit, 0.0, 0.0], [0.0, fit, -fit * EYE_Y], [0.0, 0.0, 1.0]], device=face.device
    )
    matrix = onto @ face
    return matrix / matrix[:, 2:, 2:]


def draw_starts(random: Random) -> Float[Tensor, "b 3 3"]:
    """Draw random starts of glasses: matrices from the image to glasses near the average face's."""
    size = SIZE * EYE_X / LENS_X
    x, y = random.between(-START_REACH, START_REACH, 2).T
    return similarity(
        x + MIDDLE[0], y + MIDDLE[1] + SIZE * EYE_Y, random.between(-START_TILT, START_TILT),
        size * random.between(-START_GROWTH, START_GROWTH).exp(),
    )  # fmt: skip


def lying_between(
    left: Float[Tensor, "b 2"], right: Float[Tensor, "b 2"]
) -> Float[Tensor, "b 3 3"]:
    """Matrix from the image to glasses whose lenses are centred at two given image points."""
    (x, y), (across, down) = ((left + right) / 2).T, (right - left).T
    return similarity(x, y, torch.atan2(down, across), (right - left).norm(dim=1))


def lens_middles(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 2 2"]:
    """Centres of the left and the right lens in the image."""
    return _in_picture(matrix, [(-LENS_X, 0.0), (LENS_X, 0.0)])


def box_corners(matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b 4 2"]:
    """Corners of the glasses' box in the image: top left, top right, bottom right, bottom left."""
    across, down = HALF_WIDTH, HALF_HEIGHT
    return _in_picture(matrix, [(-across, -down), (across, -down), (across, down), (-across, down)])


def _in_picture(
    matrix: Float[Tensor, "b 3 3"], points: Sequence[tuple[float, float]]
) -> Float[Tensor, "b n 2"]:
    """Map points of a frame to image coordinates."""
    known = torch.tensor([[x, y, 1.0] for x, y in points], device=matrix.device)
    there = known @ inverse_matrix(matrix).mT
    return there[..., :2] / there[..., 2:]
