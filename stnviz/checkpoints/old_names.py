"""What entries of files, options and links were called before: they are still read.

One table a format. What is written has the new names.
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
"""Of recipes: in plans, states, cards, options of ``train`` and links to the Train page."""

PREDICTIONS: Final = "survey.safetensors"
"""The file of a checkpoint's predictions."""


def renamed(entries: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Entries under their new names; where both are there, what the new one says stands.

    Args:
        entries: of a file.
        names: old name to new name.
    """
    return {
        names.get(name, name): value
        for name, value in entries.items()
        if names.get(name, name) == name or names[name] not in entries
    }
