"""Former names of entries in files, options and links, which are still accepted.

There is one table for each format. Files are written with the new names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

RECIPE: Final = {
    "rate": "learning_rate",
    "localisation_rate": "localisation_lr_ratio",
    "batch": "batch_size",
    "smoothing": "label_smoothing",
    "averaging": "ema_decay",
    "clip": "gradient_clip",
    "bend": "elastic_augmentation",
    "trial": "perturbation",
    "start": "init_from",
    "consistency": "consistency_weight",
}
"""Former to current names of recipe fields.

They occur in plans, states, cards, options of ``train`` and links to the Train page."""

OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "train": RECIPE,
    "reproduce": {"report": "report_only", "seeds": "num_seeds"},
}
"""Of the command line, by command."""

MODEL: Final = {"update_price": "update_penalty"}
"""Of networks' configs: in cards, states and the changes of plans."""

PREDICTIONS: Final = "survey.safetensors"
"""Former name of the file of a checkpoint's predictions."""


def renamed(entries: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Rename entries to their new names; if both names are present, the new one wins.

    Args:
        entries: entries of a file.
        names: old name to new name.
    """
    return {
        names.get(name, name): value
        for name, value in entries.items()
        if names.get(name, name) == name or names[name] not in entries
    }
