"""What error curves are measured on: digits, and the values of a distortion's parameter."""

from __future__ import annotations

import math

from stnviz.data.distortions import DISTORTIONS
from stnviz.records import Parameter

SWEPT = slice(0, 1_000)
"""Gallery digits on which the curves are measured."""

PLACES = 25
REACH = {"angle": (-math.pi, math.pi)}


def sweepable(data: str) -> list[Parameter]:
    """The parameters of a distortion that vary in training and that a curve can follow."""
    return [
        control.parameter
        for control in DISTORTIONS.get(data).controls
        if control.law.trained[0] != control.law.trained[1]
        and not control.parameter.name.startswith(("corner", "spline"))
    ]


def places_of(parameter: Parameter) -> list[float]:
    """Values from one end of a control's range to the other."""
    low, high = REACH.get(parameter.name, (parameter.low, parameter.high))
    return [low + (high - low) * k / (PLACES - 1) for k in range(PLACES)]
