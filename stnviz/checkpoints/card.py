"""The card of a checkpoint (``card.json``): its fields, reading and validation, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stnviz.checkpoints import old_names
from stnviz.checkpoints.old_names import renamed
from stnviz.checkpoints.titles import TRANSFORM_TITLES
from stnviz.data.catalogue import DATA_SETS
from stnviz.records.strict_json import (
    check_ordinary,
    is_count,
    is_number,
    is_text,
    read_record,
)
from stnviz.settings import ROOT

WEIGHTS, CARD, HISTORY = "weights.safetensors", "card.json", "history.safetensors"
PREDICTIONS = "predictions.safetensors"
STATE_FILE = "state.safetensors"
"""State of an unfinished run; it is deleted when the checkpoint is written."""

CARD_FORMAT = "stnviz-checkpoint-1"
MAX_WEIGHTS_BYTES = 2**31
"""Maximum size of a weights file."""

MAX_SIZE = 2048
"""Maximum of any whole number in a network's config: pixels, channels, classes, units."""

CHECKPOINTS = ROOT / "checkpoints"
"""Folder of the shipped checkpoints."""


class BadCheckpoint(ValueError):
    """A folder is not a readable checkpoint; the message says what is wrong with it."""


class SkippedCheckpoint(UserWarning):
    """A folder among the checkpoints was skipped."""


@dataclass(frozen=True)
class Card:
    """The card of a checkpoint.

    Args:
        family: registered model family.
        model: the model's config as plain values.
        data: name of the data set it was trained on.
        training: recipe, source of the training images, device.
        metrics: measured values, e.g. ``{"error": 0.0089, "count": 10000}``.
        versions: versions of stnviz, torch and Python.
        digest: SHA-256 of the weights file.
    """

    family: str
    model: Mapping[str, Any]
    data: str
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]
    versions: Mapping[str, str]
    digest: str


def load_card(folder: Path) -> Card:
    """Read a checkpoint's card.

    Raises:
        BadCheckpoint: there is no card, or it does not have this format.
    """
    path = folder / CARD
    try:
        plain = read_record(path, CARD_FORMAT)
    except FileNotFoundError:
        raise BadCheckpoint(f"{folder} has no {CARD}: it is not a checkpoint.") from None
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{path} cannot be read ({error}).") from error
    if isinstance(training := plain.get("training"), dict):
        plain["training"] = renamed(training, old_names.RECIPE)
    if isinstance(model := plain.get("model"), dict):
        plain["model"] = renamed(model, old_names.MODEL)
    wrong = sorted(name for name in _ENTRIES | plain.keys() if not _fits(name, plain.get(name)))
    if wrong:
        raise BadCheckpoint(f"{path} has missing, odd or unknown entries: {', '.join(wrong)}.")
    return Card(**plain)


_ENTRIES = {field.name for field in fields(Card)}
_Schema = Mapping[str, Callable[[object], bool]]


def _is_size(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_wide(n) for n in value)


def _is_wide(value: object) -> bool:
    return is_count(value, 1, MAX_SIZE)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _or_none(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


_MODEL: _Schema = {
    "name": is_text,
    "input_size": _is_size,
    "transform": _or_none(is_text),
    "transform_options": lambda value: isinstance(value, dict),
    "sampled_size": _or_none(_is_size),
    "species": _are_texts,
    "width": _is_wide,
    "pool": _is_wide,
    "classes": _is_wide,
    "units": _is_wide,
    "dense": lambda value: is_count(value, 1, 2**14),
    "length": lambda value: is_count(value, 1, 64),
}
_TRAINING: _Schema = {"steps": is_count, "ended_at": is_count, "seed": is_count, "digits": is_text}
_METRICS: _Schema = {
    "error": lambda value: is_number(value, 0),
    "count": is_count,
    "data": is_text,
    "source": is_text,
}
_VERSIONS: _Schema = dict.fromkeys(("stnviz", "torch", "python"), is_text)


def _holds(schema: _Schema) -> Callable[[object], bool]:
    """A check that the entries of a part of a card, where present, satisfy the schema."""

    def fits(part: object) -> bool:
        return isinstance(part, dict) and all(
            fit(part[name]) for name, fit in schema.items() if name in part
        )

    return fits


_CARD: _Schema = {
    "family": is_text,
    "data": is_text,
    "digest": is_text,
    "model": _holds(_MODEL),
    "training": _holds(_TRAINING),
    "metrics": _holds(_METRICS),
    "versions": _holds(_VERSIONS),
}


def _fits(name: str, value: object) -> bool:
    return name in _CARD and _CARD[name](value)


def predictions_file(folder: Path) -> Path:
    """Path of a checkpoint's predictions, whether they exist or not."""
    old = folder / old_names.PREDICTIONS
    return old if old.exists() and not (folder / PREDICTIONS).exists() else folder / PREDICTIONS


def weights_digest(folder: Path) -> str:
    """SHA-256 of a checkpoint's weights file."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def check_weights(folder: Path, card: Card) -> None:
    """Check that the weights file is the one of the card, by its digest.

    Raises:
        BadCheckpoint: the file is missing or differs.
    """
    path = folder / WEIGHTS
    try:
        check_ordinary(path, MAX_WEIGHTS_BYTES)
        digest = weights_digest(folder)
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{path} cannot be read ({error}).") from error
    if digest != card.digest:
        raise BadCheckpoint(f"{path} is not the file its card describes: copy both again.")


def check_supported(folder: Path, card: Card) -> None:
    """Check that this version knows the card's data set, family and transform.

    Raises:
        BadCheckpoint: one is unknown, or the family does not belong to the data set.
    """
    path = folder / CARD
    if card.data not in DATA_SETS:
        known = ", ".join(DATA_SETS.names())
        raise BadCheckpoint(f"{path} names data {card.data!r}; known are {known}.")
    family = DATA_SETS.get(card.data).family
    if card.family != family:
        raise BadCheckpoint(
            f"{path} names family {card.family!r}; networks on {card.data} are of {family!r}."
        )
    if not {"input_size", "name"} <= card.model.keys():
        raise BadCheckpoint(f"{path} does not say which network it is and what size it takes.")
    transform = card.model.get("transform")
    if transform is not None and transform not in TRANSFORM_TITLES:
        known = ", ".join(TRANSFORM_TITLES)
        raise BadCheckpoint(f"{path} names transform {transform!r}; known are {known}.")
