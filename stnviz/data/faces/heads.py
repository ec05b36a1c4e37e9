"""Drawing of random faces from a few parameters, at any image size."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.data.faces.poses import EYE_X, EYE_Y
from stnviz.data.faces.shapes import Frame, paint
from stnviz.data.numbers.sampling import Random
from stnviz.shapes import Float

SKINS = ((0.98, 0.86, 0.76), (0.90, 0.70, 0.55), (0.72, 0.50, 0.36), (0.42, 0.28, 0.20))
HAIRS = ((0.10, 0.08, 0.07), (0.32, 0.20, 0.12), (0.75, 0.58, 0.30), (0.55, 0.55, 0.56))


@dataclass(frozen=True)
class Faces:
    """Appearance of faces; lengths in the frame of the face (:mod:`stnviz.data.faces.poses`).

    Args:
        turn: (B,) how far the face is turned to the side.
        width: (B,) half the width of the face.
        hair_length: (B,) y coordinate of the lower end of the hair.
        fringe: (B,) y coordinate of the hairline on the forehead.
        brow: (B,) height of the brows above the eyes.
        eye: (B,) half the width of an eye.
        mouth: (B,) half the width of the mouth.
        smile: (B,) how far the corners of the mouth are raised.
        skin: (B, 3) colour.
        hair: (B, 3) colour.
        iris: (B, 3) colour.
        shirt: (B, 3) colour.
        wall: (B, 2, 3) colours of the background at the top and at the bottom.
    """

    turn: Float[Tensor, " b"]
    width: Float[Tensor, " b"]
    hair_length: Float[Tensor, " b"]
    fringe: Float[Tensor, " b"]
    brow: Float[Tensor, " b"]
    eye: Float[Tensor, " b"]
    mouth: Float[Tensor, " b"]
    smile: Float[Tensor, " b"]
    skin: Float[Tensor, "b 3"]
    hair: Float[Tensor, "b 3"]
    iris: Float[Tensor, "b 3"]
    shirt: Float[Tensor, "b 3"]
    wall: Float[Tensor, "b 2 3"]


def draw_faces(random: Random, turn: Float[Tensor, " b"]) -> Faces:
    """Draw random faces.

    Args:
        random: random numbers for each face.
        turn: how far each face is turned to the side.
    """
    skin, hair = (
        _mixed(torch.tensor(shades, device=random.device), random) for shades in (SKINS, HAIRS)
    )
    return Faces(
        turn, random.between(0.70, 0.8), random.between(-0.1, 1.0), random.between(-0.72, -0.5),
        random.between(0.17, 0.24), random.between(0.12, 0.16), random.between(0.18, 0.3),
        random.between(-0.04, 0.1), skin, hair, 0.1 + 0.5 * random.unit(3), random.unit(3),
        0.35 + 0.6 * random.unit(1, 1) * random.unit(2, 3),
    )  # fmt: skip


def render_faces(
    faces: Faces, matrix: Float[Tensor, "b 3 3"], side: int
) -> Float[Tensor, "b 3 s s"]:
    """Render faces as RGB images in [0, 1].

    What occurs on both sides, such as eyes and ears, is drawn once, in mirrored coordinates.

    Args:
        faces: their appearance.
        matrix: maps image coordinates to the frame of each face.
        side: height and width in pixels.
    """
    frame, whole = Frame.of(matrix, side), Frame.whole(len(matrix), side, matrix.device)
    mirrored = Frame(frame.x.abs(), frame.y, frame.pixels)  # for shapes that occur on both sides
    dark = 0.55 * faces.skin

    down = (whole.y[:, None] + 1) / 2
    top, bottom = (faces.wall[:, place, :, None, None] for place in (0, 1))
    images = top + down * (bottom - top)

    def lay(distance: Tensor, colour: Tensor) -> None:
        nonlocal images
        images = paint(images, frame.cover(distance), colour)

    falls = torch.maximum(
        frame.ellipse(0.0, 0.0, faces.width + 0.16, 1.18),
        frame.y - faces.hair_length[:, None, None],
    )
    lay(falls, faces.hair)
    lay(torch.maximum(frame.x.abs() - 0.3, 0.5 - frame.y), 0.85 * faces.skin)
    lay(frame.ellipse(0.0, 2.1, 1.25, 0.9), faces.shirt)
    lay(mirrored.ellipse(faces.width, 0.0, 0.1, 0.18), 0.9 * faces.skin)
    head = frame.ellipse(0.0, 0.0, faces.width, 1.0)
    lay(head, faces.skin)
    lay(torch.maximum(head - 0.03, frame.y - faces.fringe[:, None, None]), faces.hair)
    lay(mirrored.bow(EYE_X, EYE_Y - faces.brow, 0.15, 0.05, 0.06), 0.7 * faces.hair)
    white = mirrored.ellipse(EYE_X, EYE_Y, faces.eye, 0.085)
    lay(white, torch.full_like(faces.skin, 0.97))
    aside = faces.turn * 0.3  # eyes and nose shift to the side that the face is turned to
    for shift in (-EYE_X, EYE_X):
        ball = frame.ellipse(shift + aside, EYE_Y, torch.full_like(aside, 0.075), 0.075)
        lay(torch.maximum(ball, white), faces.iris)
        lay(torch.maximum(ball + 0.035, white), torch.zeros_like(faces.iris))
    lay(frame.bow(2 * aside, 0.22, 0.1, -0.06, 0.06), dark)
    lips = 0.6 * faces.skin + torch.tensor([0.22, 0.0, 0.03], device=matrix.device)
    lay(frame.bow(aside, 0.52 + faces.smile, faces.mouth, -faces.smile, 0.1), lips)
    return images.clamp(0, 1)


def _mixed(shades: Float[Tensor, "n 3"], random: Random) -> Float[Tensor, "b 3"]:
    """Random colours, interpolated between neighbours of a palette."""
    place = random.unit() * (len(shades) - 1)
    low = place.long().clamp(max=len(shades) - 2)
    return torch.lerp(shades[low], shades[low + 1], (place - low)[:, None])
