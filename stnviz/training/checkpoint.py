"""Checkpoints: a folder with weights and a card, readable without this program.

``weights.safetensors`` holds the tensors, ``card.json`` everything else: the model's family
and config, what it was trained on and how, versions and the error that was measured. The
card names the digest of its weights, so that a half-copied pair is noticed. No pickle is
ever read.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from stnviz import __version__
from stnviz.models import Model, create_model
from stnviz.training.cards import (
    CARD,
    CARD_FORMAT,
    WEIGHTS,
    BadCheckpoint,
    Card,
    check_weights,
    load_card,
    weights_digest,
)
from stnviz.training.files import write_whole


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
        current_versions(), weights_digest(folder),
    )  # fmt: skip
    text = json.dumps({"format": CARD_FORMAT, **card.__dict__}, indent=2) + "\n"
    write_whole(folder / CARD, lambda path: _write_text(path, text))
    return card


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Model:
    """Rebuild a model from its folder alone, ready to answer.

    Raises:
        BadCheckpoint: the folder is damaged or foreign.
    """
    card = load_card(folder)
    check_weights(folder, card)
    try:
        model = create_model(card.family, **card.model)
        model.load_state_dict(load_file(folder / WEIGHTS))
    except (
        OSError, SafetensorError, KeyError, TypeError, ValueError, ArithmeticError, RuntimeError
    ) as error:  # fmt: skip
        raise BadCheckpoint(f"{folder} does not load: {error}") from error
    return model.to(device).eval()
