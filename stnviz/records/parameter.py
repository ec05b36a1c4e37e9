"""One number that a person can move."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One number of a transform or a distortion, described for a person.

    Args:
        name: identifier, also in links and files.
        default: the value that does nothing.
        low: lowest value a control offers.
        high: highest value a control offers.
        unit: ``"rad"``, ``"px"``, ``"x"`` (a factor), ``"half"`` (half an image) or ``""``.
        help: one line that says what it does.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    help: str
