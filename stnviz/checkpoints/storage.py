"""Saving and loading of checkpoints: a folder with weights and a card, in open formats.

``weights.safetensors`` has the tensors in half precision, ``card.json`` everything else: the
model's family and config, data set and recipe, versions and the measured error.
``history.safetensors``, where it exists, has the snapshots of the probe during training. The card
has the digest of the weights, so that an incomplete copy is detected. Pickle is never read.
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
from stnviz.version import __version__

STORED = torch.float16
"""Data type of stored weights: half the size, at the cost of a few digits in ten thousand."""


def as_stored(model: Model) -> Model:
    """Round the weights in place to their stored precision, so that measured errors apply to it."""
    with torch.no_grad():
        for value in learned(model).values():
            value.copy_(value.to(STORED))
    return model


def learned(model: Model) -> dict[str, Tensor]:
    """The tensors that a checkpoint stores: all but the model's ``external_tensors``."""
    given = model.external_tensors()
    return {name: value for name, value in model.state_dict().items() if name not in given}


def current_versions() -> dict[str, str]:
    """The versions of stnviz, torch and Python, for a card."""
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
    """Write weights, history and card to ``folder``; the card last, as it marks completion."""
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
    """Load a model in eval mode from its folder.

    Raises:
        BadCheckpoint: the folder is damaged or not a checkpoint of this version.
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
    """Shapes of the tensors in a checkpoint's weights file, from its header alone."""
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118


def _shapes_of(card: Card) -> dict[str, tuple[int, ...]]:
    """Shapes of the stored tensors of the network on a card.

    The network is built on the meta device: a wrong number on a card could make it many gigabytes
    large.
    """
    with torch.device("meta"):
        model = create_model(card.family, **card.model)
    return {name: tuple(value.shape) for name, value in learned(model).items()}
