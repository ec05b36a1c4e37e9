"""Geometry of drawn birds in side view: outlines, random poses, and the positions of parts.

The body frame has its origin at the centre of the trunk, x towards the breast and y down; the
trunk is about two units long. The head has its own frame, with x towards the beak and a radius of
one, so that it can turn independently of the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

Stance = Literal["perching", "swimming", "flying"]
STANCES: tuple[Stance, ...] = get_args(Stance)

TRUNK = ((-1.0, -0.06), (-0.5, -0.36), (0.1, -0.48), (0.6, -0.46), (0.88, -0.15), (0.82, 0.2),
         (0.42, 0.48), (-0.2, 0.48), (-0.72, 0.26))  # fmt: skip
TAIL = ((-0.8, -0.16), (-1.75, -0.02), (-1.8, 0.2), (-0.75, 0.18))
FOLDED_WING = ((0.45, -0.3), (0.32, 0.08), (-0.2, 0.26), (-0.75, 0.2), (-1.25, 0.1),
               (-0.7, -0.16), (-0.1, -0.36))  # fmt: skip
RAISED_WING = ((0.45, -0.3), (0.3, -0.95), (-0.15, -1.75), (-0.5, -1.6), (-0.62, -0.95),
               (-0.5, -0.25))  # fmt: skip
HIPS = ((-0.12, 0.42), (0.16, 0.42))
NECK, HEAD_RADIUS = (0.86, -0.62), 0.4

HEAD = ((1.0, 0.0), (0.72, 0.72), (0.0, 1.0), (-0.74, 0.7), (-1.0, 0.0), (-0.7, -0.74),
        (0.0, -1.0), (0.7, -0.72))  # fmt: skip
EYE, EYE_RADIUS = (0.34, -0.2), 0.17

BODY_PARTS = {"back": (0.05, -0.44), "belly": (0.12, 0.42), "breast": (0.74, 0.14),
              "tail": (-1.5, 0.08), "wing": (-0.25, 0.0), "raised wing": (-0.15, -1.0)}  # fmt: skip
HEAD_PARTS = {"crown": (0.0, -0.95), "forehead": (0.72, -0.62), "eye": EYE,
              "nape": (-0.88, 0.2), "throat": (0.5, 0.85)}  # fmt: skip


@dataclass(frozen=True)
class Pose:
    """The pose of one bird in its image, in image coordinates: [0, 1] from the top left.

    Args:
        stance: perching, swimming or flying.
        middle: (x, y) centre of the trunk.
        size: length of a unit of the body frame, as a share of the image side.
        tilt: rotation of the trunk in radians; positive lowers the breast.
        gaze: rotation of the head in radians; positive lowers the beak.
        facing: 1 faces right, -1 left.
        looks_back: whether the head is turned towards the tail.
        stretch: (along, across) scale factors of the trunk, for slim and fat birds.
        beak: (length, thickness) in head radii.
        legs: length of the legs in units of the body frame.
    """

    stance: Stance
    middle: tuple[float, float]
    size: float
    tilt: float
    gaze: float
    facing: int
    looks_back: bool
    stretch: tuple[float, float]
    beak: tuple[float, float]
    legs: float

    def on_body(self, points: object) -> Points:
        """Map points from the body frame to image coordinates."""
        return self._turned(np.asarray(points, float) * self.stretch, self.tilt, self.facing)

    def on_head(self, points: object) -> Points:
        """Map points from the head frame to image coordinates."""
        turn = -1 if self.looks_back else 1
        there = self._turned(HEAD_RADIUS * np.asarray(points, float), self.gaze, self.facing * turn)
        return there - np.asarray(self.middle) + self.on_body(NECK)

    def _turned(self, points: Points, angle: float, facing: int) -> Points:
        cos, sin = np.cos(angle), np.sin(angle)
        turned = points @ np.array([[cos, sin], [-sin, cos]])
        return turned * (facing, 1) * self.size + self.middle

    def feet(self) -> Points:
        """Ends of the two legs, straight below the hips."""
        return self.on_body(HIPS) + (0.0, self.legs * self.size)

    def places(self) -> dict[str, Points]:
        """Position of each part that the pose shows, by its name in CUB."""
        found = {name: self.on_body(BODY_PARTS[name]) for name in ("back", "breast", "tail")}
        found |= {name: self.on_head(HEAD_PARTS[name]) for name in HEAD_PARTS if name != "eye"}
        found["beak"] = self.on_head((1.0 + self.beak[0] / 2, 0.08))
        # In side view, a bird that faces left shows its left eye and left wing.
        looks_left = (self.facing < 0) != self.looks_back
        found["left eye" if looks_left else "right eye"] = self.on_head(EYE)
        near, far = ("left wing", "right wing")[:: self.facing * -1]
        if self.stance == "flying":
            found[near] = self.on_body(BODY_PARTS["raised wing"])
            found[far] = self.on_body(FAR_WING_PART)
        else:
            found[near] = self.on_body(BODY_PARTS["wing"])
        if self.stance != "swimming":
            found["belly"] = self.on_body(BODY_PARTS["belly"])
        if self.stance == "perching":
            knees = (self.on_body(HIPS) + self.feet()) / 2
            found["left leg"], found["right leg"] = knees[:: self.facing]
        return found


FAR_WING = tuple((x + 0.35, 0.92 * y) for x, y in RAISED_WING)
FAR_WING_PART = (0.2, -0.95)


def smooth(points: Points, each: int = 10) -> Points:
    """A smooth closed curve through the points, with ``each`` samples for each of them.

    It is a Catmull-Rom spline (Catmull and Rom 1974).
    """
    before, after, beyond = (np.roll(points, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, each, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * points
        + t * (after - before)
        + t**2 * (2 * before - 5 * points + 4 * after - beyond)
        + t**3 * (3 * points - before - 3 * after + beyond)
    )
    return curve.transpose(1, 0, 2).reshape(-1, 2)


def draw_pose(random: np.random.Generator) -> Pose:
    """Draw a random pose that lies within the image where it fits."""
    stance = STANCES[random.choice(3, p=(0.5, 0.25, 0.25))]
    tilt = {"perching": (-0.95, -0.25), "swimming": (-0.1, 0.1), "flying": (-0.5, 0.25)}[stance]
    pose = Pose(
        stance,
        middle=(0.5, 0.5),
        size=random.uniform(0.22, 0.32),
        tilt=random.uniform(*tilt),
        gaze=random.uniform(-0.3, 0.35),
        facing=int(random.choice((-1, 1))),
        looks_back=bool(random.random() < 0.1),
        stretch=(random.uniform(0.9, 1.1), random.uniform(0.85, 1.15)),
        beak=(random.uniform(0.5, 1.4), random.uniform(0.22, 0.42)),
        legs=random.uniform(0.3, 0.55),
    )
    outline = np.stack([*pose.places().values(), *pose.on_body(TAIL)])
    low, high = outline.min(axis=0), outline.max(axis=0)
    margin = 0.04
    # Placed at random where it fits; otherwise centred, with its ends beyond the edge.
    room_low, room_high = margin - low, 1 - margin - high
    shift = np.where(
        room_low < room_high, random.uniform(room_low, np.maximum(room_low, room_high)),
        (room_low + room_high) / 2,
    )  # fmt: skip
    return Pose(**{**vars(pose), "middle": tuple(float(v) for v in pose.middle + shift)})
