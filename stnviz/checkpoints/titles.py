"""Display names of networks, for pages and tables, without torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LOCAL = "runs/"
"""Prefix of the names of locally trained checkpoints."""

TRANSFORM_TITLES = {
    "affine": "affine",
    "projective": "projective",
    "thin-plate-spline": "thin-plate spline",
    "similarity": "similarity",
    "attention": "attention",
    "translation": "translation",
    "affine-3d": "affine",
}


_MODEL_TITLES = {
    "cnn": "Plain CNN",
    "cnn-views": "CNN, three views",
    "st-cnn-single": "ST-CNN Single",
    "st-cnn-multi": "ST-CNN Multi",
    "st-finder": "Finder",
}
"""Titles that are not the model's name in capitals."""


def network_title(model: str, transform: str | None = None) -> str:
    """Network title such as ``ST-CNN affine``, ``2\u00d7ST-CNN`` or ``RNN-SPN, glimpse 1/3``."""
    title = _MODEL_TITLES.get(model) or re.sub(r"^(\d)", "\\1\u00d7", model.upper())
    title = re.sub(r"-D(\d)$", r", glimpse 1/\1", title)
    if not transform or (transform == "translation" and "glimpse" in title):
        return title
    return f"{title} {TRANSFORM_TITLES.get(transform, transform)}"


def checkpoint_title(name: str, model: Mapping[str, Any]) -> str:
    """Title of a checkpoint's network, with the checkpoint's name if it was trained locally.

    Args:
        name: name of the checkpoint in the library.
        model: the model's config on the card.
    """
    title = network_title(model["name"], model.get("transform"))
    return f"{title} ({name})" if name.startswith(LOCAL) else title
