"""Description of a numeric parameter of a transform, distortion or recipe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A numeric parameter with its range and description, for sliders and listings.

    Args:
        name: identifier, also in links and files.
        default: default value; for transforms and distortions, the one without effect.
        low: minimum value of a control.
        high: maximum value of a control.
        unit: ``"rad"``, ``"px"``, ``"x"`` (a factor), ``"half"`` (half an image) or ``""``.
        help: one line that says what it does.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    help: str
