"""Distortions of clean digits: their parameters, ranges and training distributions.

A distortion is a list of *controls*. Each control is a parameter that a user can set and the
distribution from which training draws it, so that the page's sliders, the training set and the
tests share one implementation. This module describes them without torch, so that a page can be
drawn before torch is loaded; :mod:`stnviz.data.distort` applies them.

The sets R, RTS, P, E and TC follow Jaderberg et al. 2015, section 4.1 and appendix A.4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stnviz.records import Parameter
from stnviz.registry import Registry

PATCH = 6
"""Height and width of a piece of clutter in pixels (Jaderberg et al. 2015, appendix A.4)."""

MAX_PATCHES = 16


@dataclass(frozen=True)
class Law:
    """The training distribution of a parameter: uniform in [low, high], or N(0, sigma)."""

    low: float = 0.0
    high: float = 0.0
    sigma: float = 0.0

    @property
    def trained(self) -> tuple[float, float]:
        """The interval that training covers; for a normal distribution +- 3 sigma."""
        if self.sigma:
            return -3 * self.sigma, 3 * self.sigma
        return self.low, self.high


@dataclass(frozen=True)
class Control:
    """A parameter and the distribution from which training draws it."""

    parameter: Parameter
    law: Law


@dataclass(frozen=True)
class Distortion:
    """A named distortion on a square canvas.

    Args:
        name: registered name.
        title: display name.
        canvas: height and width of the result in pixels.
        controls: its parameters, in the order of the columns of a value matrix.
        source: reference for its definition.
    """

    name: str
    title: str
    canvas: int
    controls: tuple[Control, ...]
    source: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the P columns of a value matrix."""
        return tuple(control.parameter for control in self.controls)

    @property
    def trained(self) -> dict[str, tuple[float, float]]:
        """The interval that training covers, by parameter name."""
        return {control.parameter.name: control.law.trained for control in self.controls}


DISTORTIONS: Registry[Distortion] = Registry("distortion")


def _angle(limit: float) -> Control:
    turn = Parameter("angle", 0.0, -math.pi, math.pi, "rad", "Turns the digit clockwise.")
    return Control(turn, Law(-math.radians(limit), math.radians(limit)))


def _scale(low: float, high: float, name: str = "scale", what: str = "digit") -> Control:
    return Control(Parameter(name, 1.0, 0.4, 1.8, "x", f"Size of the {what}."), Law(low, high))


def _shift(reach: float, limit: float) -> tuple[Control, Control]:
    right = Parameter("shift_x", 0.0, -limit, limit, "px", "Moves the digit right.")
    down = Parameter("shift_y", 0.0, -limit, limit, "px", "Moves the digit down.")
    return Control(right, Law(-reach, reach)), Control(down, Law(-reach, reach))


def _moved_points(
    prefix: str, names: Sequence[str], reach: float, sigma: float
) -> tuple[Control, ...]:
    """Two controls for each point: its shift to the right and down."""
    ways = {"x": "right", "y": "down"}
    return tuple(
        Control(
            Parameter(f"{prefix}{k}_{axis}", 0.0, -reach, reach, "px", f"Moves {name} {way}."),
            Law(sigma=sigma),
        )
        for k, name in enumerate(names)
        for axis, way in ways.items()
    )


def _corners(sigma: float) -> tuple[Control, ...]:
    where = ("top left", "top right", "bottom right", "bottom left")
    return _moved_points("corner", [f"the {name} corner" for name in where], 14.0, sigma)


def _spline(sigma: float) -> tuple[Control, ...]:
    return _moved_points("spline", [f"spline point {k}" for k in range(1, 17)], 8.0, sigma)


def _clutter(count: int) -> Control:
    pieces = f"How many {PATCH} x {PATCH} pieces of other digits lie around."
    return Control(
        Parameter("clutter", 0.0, 0.0, float(MAX_PATCHES), "", pieces), Law(count, count)
    )


_SHEAR = Parameter("shear", 0.0, -1.0, 1.0, "", "Slants the digit, in widths for each height.")
_NOISE = Parameter("noise", 0.0, 0.0, 0.5, "", "Grain added to every pixel, in grey range.")
_PAPER = "Jaderberg et al. 2015, section 4.1"

for _distortion in (
    Distortion("mnist-r", "Rotated", 28, (_angle(90),), _PAPER),
    Distortion(
        "mnist-rts",
        "Rotated, scaled, moved",
        42,
        (_angle(45), _scale(0.7, 1.2), *_shift(7, 14)),
        _PAPER,
    ),
    Distortion("mnist-p", "Projected", 28, (_scale(0.75, 1.0), *_corners(5)), _PAPER),
    # 4.12 is not the paper's figure. It is where our fully connected network errs as the paper's.
    Distortion(
        "mnist-p-fitted", "Projected, fitted", 28, (_scale(0.75, 1.0), *_corners(4.12)), _PAPER
    ),
    Distortion("mnist-e", "Elastic", 28, (_scale(0.75, 1.0), *_spline(1.5)), _PAPER),
    Distortion("mnist-tc", "Among clutter", 60, (*_shift(16, 24), _clutter(6)), _PAPER),
    Distortion(
        "free",
        "Everything",
        28,
        (
            _angle(0),
            _scale(1, 1, "scale_x", "digit across"),
            _scale(1, 1, "scale_y", "digit from top to bottom"),
            Control(_SHEAR, Law()),
            *_shift(0, 24),
            *_corners(0),
            *_spline(0),
            _clutter(0),
            Control(_NOISE, Law()),
        ),
        "stnviz",
    ),
):
    DISTORTIONS.add(_distortion.name, _distortion)


_ASTRAY = 3.5
"""Standard deviation in pixels of the shifts of each corner and of the whole digit.

It is a quarter of half a side (Lin & Lucey 2017)."""

PERTURBED = Distortion(
    "mnist-perturbed",
    "Perturbed",
    28,
    (
        *(Control(control.parameter, Law(sigma=_ASTRAY)) for control in _shift(0, 14)),
        *_corners(_ASTRAY),
    ),
    "Lin & Lucey 2017, section 5.1",
)
"""For iterative networks; it is not registered, as the digit networks are not compared on it."""

_TILT, _TURN = 60, 45
"""How far volumes are turned in training, in degrees: out of the picture's plane, and in it."""


def _turn(axis: str, limit: float, words: str) -> Control:
    turn = Parameter(f"{axis}_angle", 0.0, -math.pi, math.pi, "rad", words)
    return Control(turn, Law(-math.radians(limit), math.radians(limit)))


TURNED = Distortion(
    "mnist-volume",
    "Turned in space",
    32,
    (
        _turn("x", _TILT, "Tilts the digit forwards or backwards."),
        _turn("y", _TILT, "Turns the digit sideways."),
        _turn("z", _TURN, "Turns the digit clockwise."),
    ),
    "Jaderberg et al. 2015, appendix A.3",
)
"""For volumes; it is not registered, as only their networks take them."""


def start_value(control: Control) -> float:
    """A control's first value: its default, or the nearest value that training covers."""
    low, high = control.law.trained
    return min(max(control.parameter.default, low), high)


def start_values(distortion: str) -> dict[str, float]:
    """The values that a distortion starts with; defaults are left out."""
    controls = DISTORTIONS.get(distortion).controls
    found = {control.parameter.name: start_value(control) for control in controls}
    rest = {control.parameter.name: control.parameter.default for control in controls}
    return {name: value for name, value in found.items() if value != rest[name]}
