"""Display of distortion parameters: short labels, and values with their unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stnviz.records import Parameter

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Reading:
    """Display format of a unit: factor from the stored value, decimals, and unit suffix."""

    factor: float
    decimals: int
    sign: str


_READINGS = {
    "rad": Reading(180 / math.pi, 0, "\N{DEGREE SIGN}"),
    "px": Reading(1.0, 1, " px"),
    "x": Reading(100.0, 0, " %"),
}
_COUNT, _PLAIN = Reading(1.0, 0, ""), Reading(1.0, 2, "")

_LABELS = {
    "angle": "Turn",
    "x_angle": "Tilt",
    "y_angle": "Turn sideways",
    "z_angle": "Turn",
    "scale": "Scale",
    "scale_x": "Scale across",
    "scale_y": "Scale down",
    "shear": "Slant",
    "shift_x": "Move right",
    "shift_y": "Move down",
    "clutter": "Clutter",
    "noise": "Noise",
}


def reading(parameter: Parameter) -> Reading:
    """The display format of ``parameter``."""
    if parameter.name == "clutter":
        return _COUNT
    return _READINGS.get(parameter.unit, _PLAIN)


def read_value(parameter: Parameter, value: float) -> str:
    """Format a value for display, such as ``115°``."""
    how = reading(parameter)
    return f"{value * how.factor:.{how.decimals}f}{how.sign}".replace("-", MINUS)


def value_label(parameter: Parameter, value: float) -> str:
    """A label with a value, such as ``Turn 35°``."""
    return f"{label(parameter)} {read_value(parameter, value)}"


def label(parameter: Parameter) -> str:
    """A short label for a control, such as ``Corner 2 right``."""
    if parameter.name in _LABELS:
        return _LABELS[parameter.name]
    place, way = parameter.name.rsplit("_", 1)
    kind = place.rstrip("0123456789")
    number = int(place.removeprefix(kind)) + 1
    what = {"corner": "Corner", "spline": "Point"}.get(kind, kind.capitalize())
    return f"{what} {number} {'right' if way == 'x' else 'down'}"
