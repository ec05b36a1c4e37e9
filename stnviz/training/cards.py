"""The cards of checkpoints: what each says of itself, readable without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stnviz.data.sets import DATA_SETS

WEIGHTS, CARD, HISTORY = "weights.safetensors", "card.json", "history.safetensors"
SURVEY = "survey.safetensors"
CARD_FORMAT = "stnviz-checkpoint-1"
CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
"""Where the shipped checkpoints lie."""


class BadCheckpoint(ValueError):
    """A folder that is no readable checkpoint; the message says what is wrong with it."""


class SkippedCheckpoint(UserWarning):
    """A folder among checkpoints was passed over."""


@dataclass(frozen=True)
class Card:
    """What a checkpoint says of itself.

    Args:
        family: registered model family.
        model: the model's config as plain values.
        data: name of the data set it was trained on.
        training: recipe, source of the digits, device.
        metrics: what was measured, e.g. ``{"error": 0.0089, "count": 10000}``.
        versions: of stnviz, torch and Python.
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
        BadCheckpoint: there is none, or it is not one of this format.
    """
    path = folder / CARD
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadCheckpoint(f"{folder} has no {CARD}: it is not a checkpoint.") from None
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{path} cannot be read ({error}).") from error
    if not isinstance(plain, dict) or plain.get("format") != CARD_FORMAT:
        found = plain.get("format", "no format name") if isinstance(plain, dict) else "no object"
        raise BadCheckpoint(f"{path} holds {found}; this version reads {CARD_FORMAT}.")
    plain.pop("format")
    wrong = sorted(name for name in _ENTRIES | plain.keys() if not _fits(name, plain.get(name)))
    if wrong:
        raise BadCheckpoint(f"{path} has missing, odd or unknown entries: {', '.join(wrong)}.")
    return Card(**plain)


_TEXTS = {"family", "data", "digest"}
_ENTRIES = {field.name for field in fields(Card)}


def _fits(name: str, value: object) -> bool:
    return name in _ENTRIES and isinstance(value, str if name in _TEXTS else dict)


def weights_digest(folder: Path) -> str:
    """SHA-256 of a checkpoint's weights file."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def check_weights(folder: Path, card: Card) -> None:
    """Refuse weights that are not those of the card.

    Raises:
        BadCheckpoint: the file is missing or another.
    """
    path = folder / WEIGHTS
    try:
        digest = weights_digest(folder)
    except OSError as error:
        raise BadCheckpoint(f"{path} cannot be read ({error}).") from error
    if digest != card.digest:
        raise BadCheckpoint(f"{path} is not the file its card describes: copy both again.")


def check_known(folder: Path, card: Card) -> None:
    """Refuse a card whose data or network this version does not know, or not together.

    Raises:
        BadCheckpoint: says which.
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
    size = card.model.get("input_size")
    sized = isinstance(size, list) and len(size) == 2 and all(isinstance(n, int) for n in size)
    if not sized or not isinstance(card.model.get("name"), str):
        raise BadCheckpoint(f"{path} does not say which network it is and what size it takes.")
