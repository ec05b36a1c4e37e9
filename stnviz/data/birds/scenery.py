"""Scenery of drawn birds: background, branches, water, and occluding leaves and twigs."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from stnviz.data.birds.anatomy import Pose, Stance, smooth
from stnviz.data.birds.canvas import Canvas, Colour

_SKY = ((205, 222, 236), (142, 178, 212), (228, 220, 206))
_GREEN = ((74, 104, 58), (120, 142, 78), (54, 82, 62), (150, 148, 96), (108, 92, 62))
_WATER = ((86, 122, 138), (60, 92, 112), (120, 140, 132))
_WOOD = ((98, 76, 56), (74, 60, 50), (132, 112, 92))
_LEAF = ((84, 128, 52), (128, 152, 62), (60, 100, 58), (168, 140, 60), (150, 84, 52))

_COARSE = 64


def ground(random: np.random.Generator, stance: Stance) -> Image.Image:
    """A blurred background: sky with green blobs, few for flying birds, many for perching ones."""
    picture = np.empty((_COARSE, _COARSE, 3))
    top, bottom = (np.array(_pick(random, _SKY), float) for _ in range(2))
    fade = np.linspace(0, 1, _COARSE)[:, None, None]
    picture[:] = top * (1 - fade) + bottom * fade
    image = Image.fromarray(picture.astype(np.uint8))
    blobs = {"flying": 4, "swimming": 14, "perching": 34}[stance]
    canvas = Canvas(_COARSE, image)
    for _ in range(blobs):
        middle, reach = random.random(2), random.uniform(0.05, 0.28)
        colour = _shade(random, _pick(random, _GREEN))
        canvas.fill(_blob(random, middle, reach), colour, opacity=random.uniform(0.4, 1))
    for _ in range(random.integers(0, 6)):  # blobs of any colour, as distractors
        red, green, blue = (int(v) for v in random.integers(40, 230, 3))
        spot = _blob(random, random.random(2), random.uniform(0.02, 0.07))
        canvas.fill(spot, (red, green, blue))
    blur = ImageFilter.GaussianBlur(random.uniform(0.5, 3))
    return canvas.image.filter(blur)


def below(canvas: Canvas, random: np.random.Generator, pose: Pose) -> None:
    """Draw the branch under a perching bird, before the bird is drawn."""
    if pose.stance != "perching":
        return
    feet = pose.feet().mean(axis=0)
    slope = random.uniform(-0.3, 0.3)
    ends = np.array(
        [(-0.2, feet[1] - slope * (feet[0] + 0.2)), (1.2, feet[1] + slope * (1.2 - feet[0]))]
    )
    canvas.line(ends + (0, 0.012), random.uniform(0.02, 0.05), _shade(random, _pick(random, _WOOD)))


def above(canvas: Canvas, random: np.random.Generator, pose: Pose) -> None:
    """Draw water around a swimming bird, and leaves and twigs in front of everything."""
    if pose.stance == "swimming":
        line = pose.middle[1] + random.uniform(0.12, 0.26) * pose.size
        x = np.linspace(-0.05, 1.05, 40)
        ripples = 0.006 * np.sin(x * random.uniform(20, 60) + random.uniform(0, 6))
        surface = np.stack([x, line + ripples], axis=1)
        water = np.concatenate([surface, [(1.05, 1.1), (-0.05, 1.1)]])
        canvas.fill(
            water, _shade(random, _pick(random, _WATER)), opacity=random.uniform(0.75, 0.95)
        )
        for _ in range(6):
            y, start = random.uniform(line, 1.0), random.uniform(0, 0.9)
            ripple = np.array([(start, y), (start + random.uniform(0.05, 0.3), y)])
            canvas.line(ripple, 0.004, _shade(random, (170, 190, 196)))
    for _ in range(random.integers(0, 7)):
        _leaf(canvas, random)
    for _ in range(random.integers(0, 3)):
        ends = random.uniform(-0.1, 1.1, (2, 2))
        canvas.line(ends, random.uniform(0.004, 0.012), _shade(random, _pick(random, _WOOD)))


def _leaf(canvas: Canvas, random: np.random.Generator) -> None:
    length, angle = random.uniform(0.04, 0.12), random.uniform(0, 2 * np.pi)
    leaf = np.array(((-1, 0), (-0.3, -0.34), (0.5, -0.26), (1, 0), (0.5, 0.26), (-0.3, 0.34)))
    cos, sin = np.cos(angle), np.sin(angle)
    there = length * leaf @ np.array([[cos, sin], [-sin, cos]]) + random.random(2)
    canvas.fill(smooth(there), _shade(random, _pick(random, _LEAF)))


def _blob(random: np.random.Generator, middle: np.ndarray, reach: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    radii = reach * random.uniform(0.6, 1.3, 9)
    return smooth(middle + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _pick(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[random.integers(len(colours))]


def _shade(random: np.random.Generator, colour: Colour) -> Colour:
    light = random.uniform(0.7, 1.2)
    red, green, blue = (int(np.clip(light * v + random.normal(0, 6), 0, 255)) for v in colour)
    return red, green, blue
