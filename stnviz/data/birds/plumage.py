"""Species of drawn birds: one of six heads with one of six bodies.

A species is a pair of patterns and nothing else. Colours, sizes and poses say nothing about
it, and neither does the head or the body alone: whoever wants to name a bird has to look at
both, from near enough to see a pattern.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from stnviz.data.birds.anatomy import FOLDED_WING, HEAD, RAISED_WING, TRUNK, Pose, smooth
from stnviz.data.birds.canvas import Canvas, Colour

HEADS = ("plain", "capped", "masked", "bearded", "collared", "cheeked")
BODIES = ("plain", "barred", "spotted", "streaked", "banded", "saddled")
SPECIES = tuple(f"{head} {body}" for head in HEADS for body in BODIES)


@dataclass(frozen=True)
class Plumage:
    """The colours of one bird.

    Args:
        body: of trunk and tail.
        wing: of the wings.
        head: of the head.
        mark: of the pattern on the head.
        sign: of the pattern on the body.
        beak: of beak and legs.
    """

    body: Colour
    wing: Colour
    head: Colour
    mark: Colour
    sign: Colour
    beak: Colour


def draw_plumage(random: np.random.Generator) -> Plumage:
    """Random colours; patterns stand out from what they lie on."""
    hue, saturation, value = random.random(), random.uniform(0.1, 0.65), random.uniform(0.35, 0.75)
    other = (hue + random.normal(0, 0.08)) % 1
    wing_value = np.clip(value + random.uniform(-0.15, 0.1), 0.2, 0.9)
    head_value = np.clip(value + random.uniform(-0.12, 0.12), 0.3, 0.85)
    return Plumage(
        body=_colour(hue, saturation, value),
        wing=_colour(hue, saturation * 1.1, wing_value),
        head=_colour(other, saturation, head_value),
        mark=_against(random, head_value),
        sign=_against(random, value),
        beak=_colour(random.uniform(0.05, 0.13), random.uniform(0.2, 0.9), random.uniform(0.3, 0.9)),
    )


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, float(np.clip(saturation, 0, 1)), float(value))
    return round(255 * red), round(255 * green), round(255 * blue)


def _against(random: np.random.Generator, value: float) -> Colour:
    """Nearly black or nearly white, whichever is far from ``value``."""
    dark = random.random() < (0.9 if value > 0.6 else 0.1 if value < 0.45 else 0.5)
    mark = random.uniform(0.02, 0.12) if dark else random.uniform(0.92, 1.0)
    return _colour(random.random(), random.uniform(0, 0.25), mark)


def on_head(canvas: Canvas, name: str, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    """Draw the pattern of a head inside its outline."""
    _ON_HEAD[name](canvas, pose, colours, head)


def on_body(canvas: Canvas, name: str, pose: Pose, colours: Plumage, trunk: Image.Image) -> None:
    """Draw the pattern of a trunk inside its outline; wings are drawn over it."""
    if name in _ON_TRUNK:
        _ON_TRUNK[name](canvas, pose, colours, trunk)


def on_wing(canvas: Canvas, name: str, pose: Pose, colours: Plumage, wing: Image.Image) -> None:
    """Draw the pattern of a wing inside its outline."""
    if name in _ON_WING:
        _ON_WING[name](canvas, pose, colours, wing)


_Pattern = Callable[[Canvas, Pose, Plumage, Image.Image], None]
_ON_HEAD: dict[str, _Pattern] = {"plain": lambda canvas, pose, colours, head: None}
_ON_TRUNK: dict[str, _Pattern] = {}
_ON_WING: dict[str, _Pattern] = {}


def _paint(registry: dict[str, _Pattern], name: str) -> Callable[[_Pattern], _Pattern]:
    def enter(pattern: _Pattern) -> _Pattern:
        registry[name] = pattern
        return pattern

    return enter


@_paint(_ON_HEAD, "capped")
def _cap(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    cap = np.array(((-1.2, -0.3), (1.2, -0.38), (1.2, -1.3), (-1.2, -1.3)))
    canvas.fill(pose.on_head(cap), colours.mark, head)


@_paint(_ON_HEAD, "masked")
def _mask(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    mask = np.array(((-1.1, -0.34), (1.2, -0.42), (1.2, 0.06), (-1.1, 0.1)))
    canvas.fill(pose.on_head(mask), colours.mark, head)


@_paint(_ON_HEAD, "bearded")
def _beard(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    beard = np.array(((-0.25, 0.42), (1.2, 0.3), (1.2, 1.3), (-0.25, 1.3)))
    canvas.fill(pose.on_head(beard), colours.mark, head)


@_paint(_ON_HEAD, "collared")
def _collar(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    collar = np.array(((-1.3, -0.5), (-0.72, -0.6), (-0.2, 0.5), (0.7, 0.86), (0.7, 1.3), (-1.3, 1.3)))
    canvas.fill(pose.on_head(collar), colours.mark, head)


@_paint(_ON_HEAD, "cheeked")
def _cheek(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    canvas.fill(pose.on_head(0.42 * np.array(HEAD) + (-0.18, 0.3)), colours.mark, head)


@_paint(_ON_TRUNK, "spotted")
def _spots(canvas: Canvas, pose: Pose, colours: Plumage, trunk: Image.Image) -> None:
    places = [
        (x + 0.12 * (row % 2), y)
        for row, y in enumerate(np.arange(-0.45, 0.55, 0.16))
        for x in np.arange(-1.0, 1.0, 0.24)
    ]
    canvas.dots(pose.on_body(places), 0.055 * pose.size, colours.sign, trunk)


@_paint(_ON_TRUNK, "streaked")
def _streaks(canvas: Canvas, pose: Pose, colours: Plumage, trunk: Image.Image) -> None:
    for x in np.arange(-0.9, 1.0, 0.19):
        streak = np.array(((x, -0.6), (x + 0.12, 0.6)))
        canvas.line(pose.on_body(streak), 0.055 * pose.size, colours.sign, trunk)


@_paint(_ON_TRUNK, "banded")
def _band(canvas: Canvas, pose: Pose, colours: Plumage, trunk: Image.Image) -> None:
    band = np.array(((0.38, -0.7), (0.66, -0.7), (0.56, 0.7), (0.28, 0.7)))
    canvas.fill(pose.on_body(band), colours.sign, trunk)


@_paint(_ON_TRUNK, "saddled")
def _saddle(canvas: Canvas, pose: Pose, colours: Plumage, trunk: Image.Image) -> None:
    saddle = np.array(((-1.2, -0.7), (0.5, -0.7), (0.25, -0.22), (-0.6, -0.16), (-1.2, -0.05)))
    canvas.fill(pose.on_body(saddle), colours.sign, trunk)


@_paint(_ON_WING, "barred")
def _bars(canvas: Canvas, pose: Pose, colours: Plumage, wing: Image.Image) -> None:
    if pose.stance == "flying":
        bars = [((-0.8, y), (0.6, y - 0.12)) for y in (-0.62, -0.95, -1.28)]
    else:
        bars = [((x, -0.5), (x + 0.14, 0.4)) for x in (-0.42, -0.14, 0.14)]
    for bar in bars:
        canvas.line(pose.on_body(bar), 0.1 * pose.size, colours.sign, wing)


@_paint(_ON_WING, "spotted")
def _wing_spots(canvas: Canvas, pose: Pose, colours: Plumage, wing: Image.Image) -> None:
    _spots(canvas, pose, colours, wing)
    if pose.stance == "flying":
        places = [(x, y) for y in np.arange(-1.7, -0.4, 0.2) for x in np.arange(-0.7, 0.5, 0.24)]
        canvas.dots(pose.on_body(places), 0.055 * pose.size, colours.sign, wing)


@_paint(_ON_WING, "streaked")
def _wing_streaks(canvas: Canvas, pose: Pose, colours: Plumage, wing: Image.Image) -> None:
    _streaks(canvas, pose, colours, wing)
    if pose.stance == "flying":
        for x in np.arange(-0.6, 0.5, 0.19):
            streak = np.array(((x, -0.3), (x - 0.25, -1.8)))
            canvas.line(pose.on_body(streak), 0.055 * pose.size, colours.sign, wing)


def trunk_outline(pose: Pose) -> np.ndarray:
    """The trunk in the picture."""
    return smooth(pose.on_body(TRUNK))


def wing_outline(pose: Pose) -> np.ndarray:
    """The near wing in the picture."""
    return smooth(pose.on_body(RAISED_WING if pose.stance == "flying" else FOLDED_WING))
