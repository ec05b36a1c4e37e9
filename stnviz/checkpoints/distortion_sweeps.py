"""Stored sweeps of a checkpoint: its error as a function of each distortion parameter.

``sweeps.json`` has the digest of the measured weights, the digits and the parameter values; it is
ignored as soon as one of them differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stnviz.files import write_text
from stnviz.records.strict_json import InvalidFile, as_json, is_number, read_json

SWEEPS = "sweeps.json"
SWEEPS_FORMAT = "stnviz-sweeps-1"
EXACT = 6
"""Decimals of a stored parameter value: enough to match it on every machine."""


def save_sweeps(
    folder: Path,
    digest: str,
    digits: str,
    sweeps: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> None:
    """Write sweeps beside the weights.

    Args:
        folder: folder of the checkpoint.
        digest: digest of its weights.
        digits: source of the digits that were measured on.
        sweeps: parameter name to parameter values and errors in [0, 1].
    """
    plain = {
        "format": SWEEPS_FORMAT,
        "weights": digest,
        "digits": digits,
        "sweeps": {
            name: {"places": _rounded(places), "errors": list(errors)}
            for name, (places, errors) in sweeps.items()
        },
    }
    write_text(folder / SWEEPS, as_json(plain, indent=2) + "\n")


def load_stored_sweep(
    folder: Path, digest: str, digits: str, parameter: str, places: Sequence[float]
) -> list[float] | None:
    """The stored errors at the parameter values ``places``; None if there are none for them."""
    try:
        plain = read_json(folder / SWEEPS)
    except (OSError, InvalidFile, ValueError):
        return None
    try:
        same = plain["format"], plain["weights"], plain["digits"]
        found = plain["sweeps"][parameter]
        errors: list[Any] = found["errors"]
        fits = same == (SWEEPS_FORMAT, digest, digits) and found["places"] == _rounded(places)
        fits = fits and len(errors) == len(places)
        return errors if fits and all(is_number(error, 0, 1) for error in errors) else None
    except (KeyError, TypeError, IndexError):
        return None


def _rounded(places: Sequence[float]) -> list[float]:
    return [round(place, EXACT) for place in places]
