"""Checkpoints: a folder with weights and a card, readable without this program.

``weights.safetensors`` holds the tensors, ``card.json`` everything else: the model's family
and config, what it was trained on and how, versions and the error that was measured. The
card names the digest of its weights, so that a half-copied pair is noticed. No pickle is
ever read.
"""

from __future__ import annotations

import hashlib
import json
import platform
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from stnviz import __version__
from stnviz.models import Model, create_model
from stnviz.training.files import write_whole

WEIGHTS, CARD = "weights.safetensors", "card.json"
CARD_FORMAT = "stnviz-checkpoint-1"


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
        data: name of the distortion it was trained on.
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


def current_versions() -> dict[str, str]:
    """The versions that a card records."""
    return {
        "stnviz": __version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }


def save_checkpoint(
    folder: Path,
    model: Model,
    *,
    family: str,
    data: str,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> Card:
    """Write weights and card to ``folder``, the card last."""
    arrays = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    write_whole(folder / WEIGHTS, lambda path: save_file(arrays, path))
    card = Card(
        family, model.plain_config(), data, training, metrics,
        current_versions(), _digest(folder / WEIGHTS),
    )  # fmt: skip
    text = json.dumps({"format": CARD_FORMAT, **card.__dict__}, indent=2) + "\n"
    write_whole(folder / CARD, lambda path: _write_text(path, text))
    return card


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    try:
        return Card(**{key: value for key, value in plain.items() if key != "format"})
    except TypeError as error:
        raise BadCheckpoint(f"{path} is incomplete ({error}).") from error


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Model:
    """Rebuild a model from its folder alone, ready to answer.

    Raises:
        BadCheckpoint: the folder is damaged or foreign.
    """
    card = load_card(folder)
    path = folder / WEIGHTS
    try:
        if _digest(path) != card.digest:
            raise BadCheckpoint(f"{path} is not the file its card describes: copy both again.")
        model = create_model(card.family, **card.model)
        model.load_state_dict(load_file(path))
    except BadCheckpoint:
        raise
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadCheckpoint(f"{folder} does not load: {error}") from error
    return model.to(device).eval()


def find_checkpoints(root: Path) -> dict[str, Card]:
    """Every checkpoint below ``root`` by its path from there; unreadable ones are warned of."""
    found = {}
    for path in sorted(root.glob(f"**/{CARD}")):
        try:
            found[path.parent.relative_to(root).as_posix()] = load_card(path.parent)
        except BadCheckpoint as error:
            warnings.warn(f"Skipped a checkpoint: {error}", SkippedCheckpoint, stacklevel=2)
    return found
