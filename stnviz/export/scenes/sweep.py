"""A sweep: one value of a distortion from one end to another, a frame each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stnviz.data.distortions import DISTORTIONS, TURNED
from stnviz.data.units import MINUS, read_value
from stnviz.export.scenes.scene import NotExportable
from stnviz.records import Parameter

WORDS = {"rotation": "angle", "turn": "angle"}
"""Other names of parameters, as people say them."""

FRAMES = 180
"""Frames of a sweep, unless another number is asked for."""

PICTURE_SWEEPS = tuple(
    parameter
    for parameter in DISTORTIONS.get("mnist-rts").parameters
    if parameter.name in ("angle", "scale")
)
"""What a picture that is no digit can be distorted by."""


@dataclass(frozen=True)
class Sweep:
    """Values of one parameter.

    Args:
        parameter: which.
        low: first value, in the unit that is stored: radians, pixels, a factor.
        high: last value.
    """

    parameter: Parameter
    low: float
    high: float

    def values(self, frames: int) -> list[float]:
        """``frames`` values from the first to the last."""
        step = (self.high - self.low) / max(frames - 1, 1)
        return [self.low + step * k for k in range(frames)]

    @property
    def word(self) -> str:
        """For file names, such as ``rotation-90to90``."""
        low, high = (shown(self.parameter, value) for value in (self.low, self.high))
        return f"{word_of(self.parameter)}{low}to{high}"


def word_of(parameter: Parameter) -> str:
    """The name of a parameter in file names."""
    return "rotation" if parameter.name == "angle" else parameter.name.replace("_", "-")


def shown(parameter: Parameter, value: float) -> str:
    """A value for file names: degrees, percent or pixels, without a unit."""
    text = read_value(parameter, value).replace(MINUS, "-")
    return "".join(letter for letter in text if letter in "-.0123456789")


def parse_sweep(text: str, parameters: Sequence[Parameter]) -> Sweep:
    """Read ``rotation=-90:90``: angles in degrees, lengths in pixels, scales as factors.

    Args:
        text: a parameter's name and the two ends.
        parameters: those that can be swept.

    Raises:
        NotExportable: it is not of this form, the parameter is unknown, or an end lies outside
            its range; the message says what to write.
    """
    name, equals, ends = text.partition("=")
    known = {parameter.name: parameter for parameter in parameters}
    names = ", ".join(_said(parameter) for parameter in list(parameters)[:8])
    if not known:
        raise NotExportable("Nothing in this scene can be swept: leave out the sweep.")
    if not equals or (parameter := known.get(WORDS.get(name, name))) is None:
        raise NotExportable(
            f"The sweep {text[:60]!r} names no value of this scene: write one of {names} and two "
            f"ends, as in {_said(parameters[0])}={_example(parameters[0])}."
        )
    unit = math.pi / 180 if parameter.unit == "rad" else 1.0
    try:
        low, high = (float(end) * unit for end in ends.split(":"))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        raise NotExportable(
            f"The sweep {text[:60]!r} needs two different ends, as in "
            f"{_said(parameter)}={_example(parameter)}."
        )
    slack = 1e-6
    if not all(parameter.low - slack <= end <= parameter.high + slack for end in (low, high)):
        least, most = (f"{end / unit:g}" for end in (parameter.low, parameter.high))
        raise NotExportable(
            f"{_said(parameter)} goes from {least} to {most}{_unit(parameter)}: choose the ends of "
            "the sweep within."
        )
    return Sweep(parameter, low, high)


def usual_sweep(data: str) -> Sweep | None:
    """The sweep of a distortion that is drawn if none is asked for: over the trained range."""
    for control in DISTORTIONS.get(data).controls:
        low, high = control.law.trained
        if low != high:
            return Sweep(control.parameter, low, high)
    return None


def volume_sweep() -> Sweep:
    """The sweep of a digit in space: sideways, over the trained range."""
    (sideways,) = (one for one in TURNED.controls if one.parameter.name == "y_angle")
    return Sweep(sideways.parameter, *sideways.law.trained)


def picture_sweep() -> Sweep:
    """The sweep of a picture that is no digit: 30 degrees to either side."""
    return Sweep(PICTURE_SWEEPS[0], -math.pi / 6, math.pi / 6)


def as_text(sweep: Sweep) -> str:
    """The inverse of :func:`parse_sweep`."""
    unit = 180 / math.pi if sweep.parameter.unit == "rad" else 1.0
    return f"{_said(sweep.parameter)}={sweep.low * unit:.6g}:{sweep.high * unit:.6g}"


def _said(parameter: Parameter) -> str:
    return "rotation" if parameter.name == "angle" else parameter.name


def _example(parameter: Parameter) -> str:
    return "-90:90" if parameter.unit == "rad" else f"{parameter.low:g}:{parameter.high:g}"


def _unit(parameter: Parameter) -> str:
    return {"rad": " degrees", "px": " pixels", "x": " times"}.get(parameter.unit, "")
