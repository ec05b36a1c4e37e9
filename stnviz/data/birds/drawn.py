"""Drawing of synthetic birds: image, species, positions of the parts, bounding box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stnviz.data.birds import plumage, scenery
from stnviz.data.birds.anatomy import (
    EYE,
    EYE_RADIUS,
    FAR_WING,
    HEAD,
    HIPS,
    NECK,
    TAIL,
    Pose,
    draw_pose,
    smooth,
)
from stnviz.data.birds.canvas import Canvas, Colour
from stnviz.data.birds.parts import PARTS
from stnviz.data.birds.plumage import BODIES, HEADS, SPECIES, Plumage


@dataclass(frozen=True)
class Bird:
    """One drawn bird with its annotations.

    Args:
        image: (S, S, 3) uint8.
        species: index into the list of species.
        parts: (15, 3): x and y in [0, 1] from the top left, and 1 where the part is visible.
        box: left, top, right, bottom of the bird, in the same units.
    """

    image: NDArray[np.uint8]
    species: int
    parts: NDArray[np.float32]
    box: tuple[float, float, float, float]


def draw_bird(seed: tuple[int, ...], side: int, species: int | None = None) -> Bird:
    """Draw one bird; the result depends only on the arguments.

    Args:
        seed: seed of everything random.
        side: height and width in pixels.
        species: index into the list of species; random by default.
    """
    random = np.random.default_rng(seed)
    drawn = int(random.integers(len(SPECIES)))
    species = drawn if species is None else species
    head, body = HEADS[species // len(BODIES)], BODIES[species % len(BODIES)]
    pose, colours = draw_pose(random), plumage.draw_plumage(random)
    canvas = Canvas(side, scenery.ground(random, pose.stance))
    scenery.below(canvas, random, pose)
    outline = _draw(canvas, pose, colours, head, body)
    hidden = canvas.covered_by(lambda: scenery.above(canvas, random, pose))
    return Bird(_finish(canvas, random), species, _parts(pose, hidden), _box(outline))


def _draw(
    canvas: Canvas, pose: Pose, colours: Plumage, head: str, body: str
) -> NDArray[np.float64]:
    """Draw the bird from back to front; return every point of its outline."""
    tail, trunk = smooth(pose.on_body(TAIL)), plumage.trunk_outline(pose)
    wing, skull = plumage.wing_outline(pose), smooth(pose.on_head(HEAD))
    far_wing = smooth(pose.on_body(FAR_WING))
    beak = _beak(pose)
    outlines = [tail, trunk, wing, skull, beak]
    if pose.stance == "flying":
        canvas.fill(far_wing, _darker(colours.wing))
        outlines.append(far_wing)
    if pose.stance == "perching":
        legs = np.stack([pose.on_body(HIPS), pose.feet()], axis=1)
        for leg in legs:
            canvas.line(leg, 0.06 * pose.size, colours.beak)
        outlines.append(pose.feet())
    canvas.fill(tail, _darker(colours.body))
    inside = canvas.mask(trunk, _neck(pose))
    canvas.pour(inside, colours.body)
    plumage.on_rear(canvas, body, pose, colours, inside)
    near = canvas.mask(wing)
    canvas.pour(near, colours.wing)
    plumage.on_rear(canvas, body, pose, colours, near)
    canvas.line(np.concatenate([wing, wing[:1]]), 0.025 * pose.size, _darker(colours.wing))
    canvas.fill(beak, colours.beak)
    face = canvas.mask(skull)
    canvas.pour(face, colours.head)
    plumage.on_head(canvas, head, pose, colours, face)
    radius = 0.4 * EYE_RADIUS * pose.size
    eye = pose.on_head(EYE)
    canvas.dots([eye], 1.35 * radius, (214, 206, 190))
    canvas.dots([eye], radius, (14, 12, 12))
    return np.concatenate(outlines)


def _beak(pose: Pose) -> NDArray[np.float64]:
    length, thick = pose.beak
    return pose.on_head(
        ((0.82, -thick), (1.0 + length, 0.12), (1.0 + 0.9 * length, 0.2), (0.82, thick + 0.1))
    )


def _neck(pose: Pose) -> NDArray[np.float64]:
    """Polygon of the neck between head and trunk, whichever way the head is turned."""
    top = pose.on_head(((-0.8, 0.2), (0.8, 0.3)))
    foot = pose.on_body(((0.3, -0.44), (0.88, 0.0), tuple(np.array(NECK) + (0, 0.3))))
    points = np.concatenate([top, foot])
    middle = points.mean(axis=0)
    around = np.arctan2(*(points - middle).T[::-1])
    return points[np.argsort(around)]


def _darker(colour: Colour) -> Colour:
    red, green, blue = (round(0.78 * v) for v in colour)
    return red, green, blue


def _finish(canvas: Canvas, random: np.random.Generator) -> NDArray[np.uint8]:
    """Finish the image with random brightness, tint and noise."""
    image = canvas.finish().astype(np.float32)
    image *= random.uniform(0.8, 1.12) * random.uniform(0.95, 1.05, 3)
    image += random.normal(0, random.uniform(1, 7), image.shape)
    return image.clip(0, 255).astype(np.uint8)


def _parts(pose: Pose, hidden: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Positions of the parts; a part outside the image or occluded is not visible."""
    parts = np.zeros((len(PARTS), 3), np.float32)
    side = len(hidden)
    for name, (x, y) in pose.places().items():
        if 0 <= x < 1 and 0 <= y < 1:
            seen = not hidden[int(y * side), int(x * side)]
            parts[PARTS.index(name)] = x, y, seen
    return parts


def _box(outline: NDArray[np.float64]) -> tuple[float, float, float, float]:
    low, high = outline.min(axis=0).clip(0, 1), outline.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
