"""Checkpoints: a folder with weights and a card, readable without this program.

``weights.safetensors`` holds the tensors in half precision, ``card.json`` everything else:
the model's family and config, what it was trained on and how, versions and the error that
was measured. ``history.safetensors``, where there is one, is how the probe was seen along
the way. The card names the digest of its weights, so that a half-copied pair is noticed. No
pickle is ever read.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from stnviz import __version__
from stnviz.checkpoints.card import (
    CARD,
    CARD_FORMAT,
    HISTORY,
    WEIGHTS,
    BadCheckpoint,
    Card,
    check_weights,
    load_card,
    weights_digest,
)
from stnviz.files import write_atomically, write_text
from stnviz.models import Model, create_model
from stnviz.not_found import ResourceNotFound
from stnviz.records import History
from stnviz.records.strict_json import as_json

STORED = torch.float16
"""How weights lie on disk: half the size, for an error of a few digits in ten thousand."""


def as_stored(model: Model) -> Model:
    """Round the weights, in place, to what their file will hold, so that they can be measured."""
    with torch.no_grad():
        for value in learned(model).values():
            value.copy_(value.to(STORED))
    return model


def learned(model: Model) -> dict[str, Tensor]:
    """The tensors that a checkpoint holds: all but those that the network is born with."""
    given = model.external_tensors()
    return {name: value for name, value in model.state_dict().items() if name not in given}


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
    history: History | None = None,
) -> Card:
    """Write weights, history and card to ``folder``, the card last."""
    arrays = {k: v.to(STORED).contiguous().cpu() for k, v in learned(model).items()}
    write_atomically(folder / WEIGHTS, lambda path: save_file(arrays, path))
    if history is not None:
        write_atomically(folder / HISTORY, history.save)
    card = Card(
        family, model.plain_config(), data, training, metrics,
        current_versions(), weights_digest(folder),
    )  # fmt: skip
    text = as_json({"format": CARD_FORMAT, **card.__dict__}, indent=2) + "\n"
    write_text(folder / CARD, text)
    return card


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Model:
    """Rebuild a model from its folder alone, ready to answer.

    Raises:
        BadCheckpoint: the folder is damaged or foreign.
        ResourceNotFound: it needs weights that are not installed.
    """
    card = load_card(folder)
    check_weights(folder, card)
    try:
        if _shapes_in(folder) != _shapes_of(card):
            raise BadCheckpoint(
                f"{folder} does not load: its weights are not those of the network on its card."
            )
        model = create_model(card.family, **card.model)
        model.load_state_dict(load_file(folder / WEIGHTS), strict=False)
    except (ResourceNotFound, BadCheckpoint):
        raise
    except (
        OSError, SafetensorError, KeyError, TypeError, ValueError, ArithmeticError, RuntimeError
    ) as error:  # fmt: skip
        raise BadCheckpoint(f"{folder} does not load: {error}") from error
    return model.to(device).eval()


def _shapes_in(folder: Path) -> dict[str, tuple[int, ...]]:
    """Of the tensors in a checkpoint's file, from its header alone."""
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118


def _shapes_of(card: Card) -> dict[str, tuple[int, ...]]:
    """Of the tensors that the network on a card has learned.

    It is built without memory: a card that is wrong by a figure may name one of many gigabytes.
    """
    with torch.device("meta"):
        model = create_model(card.family, **card.model)
    return {name: tuple(value.shape) for name, value in learned(model).items()}
