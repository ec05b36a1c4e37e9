"""Generated video clips: one digit, two digits or a whole image that moves, rotates or grows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stnviz.coordinates import sample
from stnviz.data.clips import Clip
from stnviz.data.digits import DIGIT, gallery
from stnviz.data.distort import distort
from stnviz.data.distortions import DISTORTIONS
from stnviz.registry import Registry
from stnviz.shapes import Float
from stnviz.transforms import Affine

FRAMES, RATE = 120, 24.0
"""Five seconds."""

PLAIN = 42
"""Canvas side in pixels on which a digit has its size in MNIST.

On canvases above ``LARGEST_PLAIN``, the largest of the distortions', the digit grows with the
canvas."""

LARGEST_PLAIN = 60
INK = 20 / DIGIT
"""Size of a digit's ink as a share of its image's side."""

PICTURE_REACH = 0.3
"""Maximum shift of a whole image, in half images."""

_AFFINE = Affine()

Floats = NDArray[np.float64]
Course = Callable[[Floats, float, np.random.Generator], Floats]
"""The path of a motion: a function of times, reach and a random generator that returns poses.

Times are (N,) in [0, 1). Reach is the maximum shift of a digit's centre in half images. Poses are
(digits, N, 4): angle in radians, scale, x and y in half images."""


@dataclass(frozen=True)
class Motion:
    """A way in which digits move.

    Args:
        name: registered name, as in links.
        title: display name.
        help: one line that says what happens.
        path: poses of the digits over time; it ends where it begins.
        digits: number of digits.
    """

    name: str
    title: str
    help: str
    path: Course
    digits: int = 1


MOTIONS: Registry[Motion] = Registry("motion")


@dataclass(frozen=True)
class Moving:
    """A generated clip with the true positions of the objects that move in it.

    Args:
        clip: a square clip.
        places: (N, objects, L * L, 2) where the points of a regular lattice on each object's own
            image (such as the 28 x 28 pixels of a digit) lie, in [-1, 1] of the clip.
    """

    clip: Clip
    places: NDArray[np.float32]


def move_digit(motion: str, digit: int, seed: int, side: int, lattice: int = 7) -> Moving:
    """Generate a clip of digits on black; it depends on these arguments alone.

    Args:
        motion: registered name.
        digit: gallery index; a second digit is drawn from another class.
        seed: seed of the random parts of the motion, and of the second digit.
        side: height and width in pixels.
        lattice: L, points along each side of the lattice in :attr:`Moving.places`.
    """
    generator = np.random.default_rng(seed)
    zoom = side / PLAIN if side > LARGEST_PLAIN else 1.0
    reach = 0.75 * (0.95 - INK * zoom * DIGIT / side)
    times = np.arange(FRAMES) / FRAMES
    poses = MOTIONS.get(motion).path(times, reach, generator)
    shown = [digit, _other(digit, generator)][: len(poses)]
    frames = np.max([_drawn(d, p, zoom, side) for d, p in zip(shown, poses, strict=True)], axis=0)
    clip = Clip(np.repeat(frames[..., None], 3, axis=3), RATE)
    return Moving(clip, _places(poses, zoom * DIGIT / side, lattice))


def move_picture(
    picture: Float[Tensor, "c h w"], motion: str, seed: int, lattice: int = 7
) -> Moving:
    """Generate a clip of a whole image, as if the camera moved; beyond its edge it is reflected.

    Args:
        picture: a square image, one or three channels in [0, 1].
        motion: registered name of a motion of one object.
        seed: seed of the random parts of the motion.
        lattice: L, points along each side of the lattice in :attr:`Moving.places`.
    """
    times = np.arange(FRAMES) / FRAMES
    (poses,) = MOTIONS.get(motion).path(times, PICTURE_REACH, np.random.default_rng(seed))
    pictures = picture.expand(len(poses), 3, -1, -1)
    grid = _AFFINE.grid(_AFFINE.inverse(_theta(poses)), (picture.shape[-2], picture.shape[-1]))
    images = sample(pictures, grid, padding="reflection").clamp(0, 1)
    frames = (255 * images).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    return Moving(Clip(frames, RATE), _places(poses[None], 1.0, lattice))


def _theta(poses: Floats) -> Float[Tensor, "n 6"]:
    """Affine theta of each pose: it maps the object's own coordinates to the clip's."""
    angle, scale, x, y = torch.from_numpy(poses).float().unbind(dim=1)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    return torch.stack([cos, -sin, x, sin, cos, y], dim=1)


def _other(digit: int, generator: np.random.Generator) -> int:
    """Gallery index of a random digit of another class; classes alternate there, 0 to 9."""
    last = len(gallery()) // 10
    return int(10 * generator.integers(last) + (digit + generator.integers(1, 10)) % 10)


def _drawn(digit: int, poses: Floats, zoom: float, side: int) -> NDArray[np.uint8]:
    """The frames (N, side, side) of one moving digit."""
    clean = torch.from_numpy(gallery().images[digit]).float()[None, None] / 255
    values = torch.from_numpy(poses * (1, zoom, side / 2, side / 2)).float()
    images = distort(
        DISTORTIONS.get("mnist-rts"), clean.expand(len(poses), -1, -1, -1), values,
        torch.Generator(), canvas=side,
    ).images  # fmt: skip
    drawn: NDArray[np.uint8] = (255 * images[:, 0]).round().to(torch.uint8).numpy()
    return drawn


def _places(poses: Floats, share: float, lattice: int) -> NDArray[np.float32]:
    """Lattice points of each object's own image in the clip, for :attr:`Moving.places`.

    Args:
        poses: (digits, N, 4).
        share: size of an object's image at scale 1, as a share of the clip's side.
        lattice: L, points along each side of the lattice.
    """
    axis = np.linspace(-share, share, lattice)
    xy = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    angle, scale, shift = poses[..., 0], poses[..., 1], poses[..., 2:]
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turns = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], axis=-2)
    where = np.einsum("dnij,kj->dnki", turns, xy) + shift[:, :, None]
    return where.swapaxes(0, 1).astype(np.float32)


def _poses(angle: Floats, scale: Floats, x: Floats, y: Floats) -> Floats:
    return np.stack(np.broadcast_arrays(angle, scale, x, y), axis=-1)


def _moving(times: Floats, reach: float, generator: np.random.Generator) -> Floats:
    phase, bow = generator.uniform(0, 2 * math.pi, 2)
    way = generator.choice((-1, 1))
    x = reach * np.sin(2 * math.pi * way * times + phase)
    y = reach * np.sin(4 * math.pi * times + bow)
    return _poses(np.zeros(1), np.ones(1), x, y)[None]


def _turning(times: Floats, reach: float, generator: np.random.Generator) -> Floats:
    way = generator.choice((-1, 1))
    angle = way * math.radians(85) * np.sin(2 * math.pi * times)
    return _poses(angle, np.ones(1), np.zeros(1), np.zeros(1))[None]


def _growing(times: Floats, reach: float, generator: np.random.Generator) -> Floats:
    phase = generator.uniform(0, 2 * math.pi)
    scale = 0.9 * np.exp(0.3 * np.sin(2 * math.pi * times + phase))
    return _poses(np.zeros(1), scale, np.zeros(1), np.zeros(1))[None]


JUMPS = 5


def _jumping(times: Floats, reach: float, generator: np.random.Generator) -> Floats:
    # Positions on a circle, two fifths of a turn apart, so that each jump is long.
    turn = generator.uniform(0, 2 * math.pi) + 2 * math.pi * 2 * np.arange(JUMPS) / JUMPS
    at = turn[(JUMPS * times).astype(int)]
    return _poses(np.zeros(1), np.ones(1), reach * np.cos(at), reach * np.sin(at))[None]


def _crossing(times: Floats, reach: float, generator: np.random.Generator) -> Floats:
    way, above = generator.choice((-1, 1), 2)
    x = way * 1.3 * reach * np.cos(2 * math.pi * times)
    y = np.full_like(times, above * 0.8 * reach)
    still, size = np.zeros(1), np.full(1, 0.7)
    return np.stack([_poses(still, size, x, y), _poses(still, size, -x, -y)])


for _motion in (
    Motion("moving", "Moving", "It wanders about, upright.", _moving),
    Motion("turning", "Turning", "It turns to one side, back, and to the other.", _turning),
    Motion("growing", "Growing", "It comes closer and goes away again.", _growing),
    Motion("jumping", "Jumping", "It stands still, and is elsewhere at once.", _jumping),
    Motion("crossing", "Crossing", "Two digits pass each other and come back.", _crossing, 2),
):
    MOTIONS.add(_motion.name, _motion)
