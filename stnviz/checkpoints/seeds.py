"""Errors of the same network and recipe with other seeds: how much of an error is chance.

``seeds.json`` lies beside the weights of the one network that is shipped, and has the errors of all
runs. It has the digest of those weights, and is ignored as soon as they are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import stdev

from stnviz.checkpoints.card import Card
from stnviz.files import write_text
from stnviz.records.strict_json import InvalidFile, as_json, is_number, read_json

SEEDS = "seeds.json"
SEEDS_FORMAT = "stnviz-seeds-1"


_MAY_DIFFER = ("seed", "device", "computed_in", "processes")
"""Entries of a card's training that runs of one recipe need not share."""


class OtherRun(ValueError):
    """A run is not one of the same network and recipe; the message says what differs."""


def save_seed_errors(folder: Path, digest: str, errors: Mapping[int, float]) -> None:
    """Write the errors of all seeds beside the weights.

    Args:
        folder: folder of the checkpoint.
        digest: digest of its weights.
        errors: seed to error in [0, 1], its own among them.
    """
    plain = {
        "format": SEEDS_FORMAT,
        "weights": digest,
        "errors": {str(seed): errors[seed] for seed in sorted(errors)},
    }
    write_text(folder / SEEDS, as_json(plain, indent=2) + "\n")


def load_seed_errors(folder: Path, digest: str) -> dict[int, float]:
    """A checkpoint's errors by seed; none if they were not recorded for its weights."""
    try:
        plain = read_json(folder / SEEDS)
        if (plain["format"], plain["weights"]) != (SEEDS_FORMAT, digest):
            return {}
        errors = {int(seed): error for seed, error in plain["errors"].items()}
    except (OSError, InvalidFile, ValueError, TypeError, KeyError, AttributeError):
        return {}
    return errors if all(is_number(one) and 0 <= one <= 1 for one in errors.values()) else {}


def spread_of(errors: tuple[float, ...]) -> float | None:
    """The standard deviation of errors over the seeds; None for fewer than two."""
    return stdev(errors) if len(errors) > 1 else None


def percent_with_spread(error: float, errors: tuple[float, ...]) -> str:
    """An error in %, such as ``1.13``, or ``1.15 ± 0.04`` over several seeds."""
    spread = spread_of(errors)
    if spread is None:
        return f"{100 * error:.2f}"
    return f"{100 * sum(errors) / len(errors):.2f} \N{PLUS-MINUS SIGN} {100 * spread:.2f}"


def check_same_run(shipped: Card, other: Card) -> None:
    """Check that two checkpoints differ by their seed alone.

    Raises:
        OtherRun: network, recipe or test images differ.
    """
    for what, ours, theirs in (
        ("data set", shipped.data, other.data),
        ("network", dict(shipped.model), dict(other.model)),
        ("recipe", _without_seed(shipped), _without_seed(other)),
        ("test images", shipped.metrics.get("source"), other.metrics.get("source")),
    ):
        if ours != theirs:
            raise OtherRun(f"its {what} is another one: {theirs}, not {ours}")


def _without_seed(card: Card) -> dict[str, object]:
    """The recipe, without what is 0: older cards leave out what was added since."""
    return {
        name: value for name, value in card.training.items() if value and name not in _MAY_DIFFER
    }
