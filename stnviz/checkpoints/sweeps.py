"""Sweeps kept with a checkpoint: its error at each place of each parameter of its distortion.

``sweeps.json`` names the digest of the weights that were measured, the digits and the places, so
that it is passed over as soon as any of them is another.
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
"""Decimals of a kept place: enough to know it again, on every machine."""


def save_sweeps(
    folder: Path,
    digest: str,
    digits: str,
    sweeps: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> None:
    """Write them beside the weights.

    Args:
        folder: of the checkpoint.
        digest: of its weights.
        digits: which were looked at, as their source says.
        sweeps: places and errors, in [0, 1], of each parameter by name.
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
    """The errors at ``places``, if just they were kept; else None."""
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
