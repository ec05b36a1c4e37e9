"""Species of drawn birds: one of six head patterns with one of six body patterns.

A species is a pair of patterns and nothing else. It is independent of colour, size and pose, and
cannot be told from the head or the body alone: a network must see both, at a resolution that
shows the patterns.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

from stnviz.data.birds.anatomy import FOLDED_WING, HEAD, RAISED_WING, TRUNK, Pose, smooth
from stnviz.data.birds.canvas import Canvas, Colour

HEADS = ("plain", "capped", "masked", "bearded", "collared", "cheeked")
BODIES = ("plain", "barred", "spotted", "streaked", "banded", "scaled")
SPECIES = tuple(f"{head} {body}" for head in HEADS for body in BODIES)

HEAD_STROKE, BODY_STROKE = 0.04, 0.045
"""Stroke width of the patterns in units of the body frame.

It is about one pixel where a whole image is sampled at a window's resolution, and two where the
window covers half of the image."""

REAR = ((-2.0, -2.2), (-0.05, -2.2), (-0.05, 0.9), (-2.0, 0.9))
"""Region of the body patterns, so far from the head that one window seldom contains both."""


@dataclass(frozen=True)
class Plumage:
    """The colours of one bird.

    Args:
        body: colour of trunk and tail.
        wing: colour of the wings.
        head: colour of the head.
        mark: colour of the pattern on the head.
        sign: colour of the pattern on the body.
        beak: colour of beak and legs.
    """

    body: Colour
    wing: Colour
    head: Colour
    mark: Colour
    sign: Colour
    beak: Colour


def draw_plumage(random: np.random.Generator) -> Plumage:
    """Draw random colours; the patterns contrast with the plumage below them."""
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
        beak=_colour(
            random.uniform(0.05, 0.13), random.uniform(0.2, 0.9), random.uniform(0.3, 0.9)
        ),
    )


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, float(np.clip(saturation, 0, 1)), float(value))
    return round(255 * red), round(255 * green), round(255 * blue)


def _against(random: np.random.Generator, value: float) -> Colour:
    """A nearly black or nearly white colour that contrasts with the brightness ``value``."""
    dark = value > 0.6 or (value >= 0.45 and random.random() < 0.5)
    mark = random.uniform(0.02, 0.12) if dark else random.uniform(0.92, 1.0)
    return _colour(random.random(), random.uniform(0, 0.25), mark)


def on_head(canvas: Canvas, name: str, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    """Draw a head pattern, clipped to the mask ``head``."""
    _ON_HEAD[name](canvas, pose, colours, head)


def on_rear(canvas: Canvas, name: str, pose: Pose, colours: Plumage, part: Image.Image) -> None:
    """Draw a body pattern behind the breast, clipped to ``part``, the mask of trunk or wing."""
    _ON_REAR[name](
        canvas, pose, colours, ImageChops.multiply(part, canvas.mask(pose.on_body(REAR)))
    )


_Pattern = Callable[[Canvas, Pose, Plumage, Image.Image], None]
_ON_HEAD: dict[str, _Pattern] = {"plain": lambda canvas, pose, colours, head: None}
_ON_REAR: dict[str, _Pattern] = {"plain": lambda canvas, pose, colours, rear: None}


def _paint(registry: dict[str, _Pattern], name: str) -> Callable[[_Pattern], _Pattern]:
    def enter(pattern: _Pattern) -> _Pattern:
        registry[name] = pattern
        return pattern

    return enter


@_paint(_ON_HEAD, "capped")
def _cap(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    for y in (-0.86, -0.62):
        stroke = np.array(((-0.75, y + 0.06), (0.0, y), (0.8, y + 0.04)))
        canvas.line(pose.on_head(stroke), HEAD_STROKE * pose.size, colours.mark, head)


@_paint(_ON_HEAD, "masked")
def _mask(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    for ends in (((-1.1, 0.06), (0.14, -0.16)), ((0.54, -0.2), (1.2, -0.1))):
        canvas.line(pose.on_head(ends), HEAD_STROKE * pose.size, colours.mark, head)


@_paint(_ON_HEAD, "bearded")
def _beard(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    for x in (0.1, 0.34, 0.58):
        ends = ((x + 0.12, 0.4), (x - 0.02, 0.92))
        canvas.line(pose.on_head(ends), HEAD_STROKE * pose.size, colours.mark, head)


@_paint(_ON_HEAD, "collared")
def _collar(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    for shift in (0.0, 0.22):
        collar = np.array(((-0.98, -0.5), (-0.72, 0.1), (-0.4, 0.55), (0.0, 0.95)))
        collar += (shift, -shift)
        canvas.line(pose.on_head(collar), HEAD_STROKE * pose.size, colours.mark, head)


@_paint(_ON_HEAD, "cheeked")
def _cheek(canvas: Canvas, pose: Pose, colours: Plumage, head: Image.Image) -> None:
    ring = smooth(pose.on_head(0.3 * np.array(HEAD) + (-0.22, 0.36)))
    canvas.line(np.concatenate([ring, ring[:1]]), HEAD_STROKE * pose.size, colours.mark, head)


@_paint(_ON_REAR, "barred")
def _bars(canvas: Canvas, pose: Pose, colours: Plumage, rear: Image.Image) -> None:
    for x in np.arange(-1.4, 0.6, 0.15):
        bar = np.array(((x, -1.9), (x + 0.2, 0.6)))
        canvas.line(pose.on_body(bar), BODY_STROKE * pose.size, colours.sign, rear)


@_paint(_ON_REAR, "streaked")
def _streaks(canvas: Canvas, pose: Pose, colours: Plumage, rear: Image.Image) -> None:
    for y in np.arange(-1.9, 0.6, 0.15):
        streak = np.array(((-1.4, y), (0.6, y - 0.1)))
        canvas.line(pose.on_body(streak), BODY_STROKE * pose.size, colours.sign, rear)


@_paint(_ON_REAR, "spotted")
def _spots(canvas: Canvas, pose: Pose, colours: Plumage, rear: Image.Image) -> None:
    places = [
        (x + 0.08 * (row % 2), y)
        for row, y in enumerate(np.arange(-1.9, 0.6, 0.15))
        for x in np.arange(-1.4, 0.6, 0.17)
    ]
    canvas.dots(pose.on_body(places), 0.8 * BODY_STROKE * pose.size, colours.sign, rear)


@_paint(_ON_REAR, "scaled")
def _scales(canvas: Canvas, pose: Pose, colours: Plumage, rear: Image.Image) -> None:
    arc = np.linspace(0, np.pi, 7)
    scale = 0.1 * np.stack([np.cos(arc), np.sin(arc)], axis=1)
    for row, y in enumerate(np.arange(-1.9, 0.6, 0.16)):
        for x in np.arange(-1.4, 0.6, 0.2):
            there = pose.on_body(scale + (x + 0.1 * (row % 2), y))
            canvas.line(there, 0.7 * BODY_STROKE * pose.size, colours.sign, rear)


@_paint(_ON_REAR, "banded")
def _band(canvas: Canvas, pose: Pose, colours: Plumage, rear: Image.Image) -> None:
    for x in (-0.62, -0.42):
        band = np.array(((x - 0.1, -1.9), (x + 0.1, 0.7)))
        canvas.line(pose.on_body(band), BODY_STROKE * pose.size, colours.sign, rear)


def trunk_outline(pose: Pose) -> np.ndarray:
    """Outline of the trunk in image coordinates."""
    return smooth(pose.on_body(TRUNK))


def wing_outline(pose: Pose) -> np.ndarray:
    """Outline of the near wing in image coordinates."""
    return smooth(pose.on_body(RAISED_WING if pose.stance == "flying" else FOLDED_WING))
