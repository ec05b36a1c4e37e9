"""Names of networks for a person. Torch-free, for pages and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LOCAL = "runs/"
"""How the names of checkpoints that were trained here begin."""

TRANSFORM_TITLES = {
    "affine": "affine",
    "projective": "projective",
    "thin-plate-spline": "thin-plate spline",
    "similarity": "similarity",
    "attention": "attention",
    "translation": "translation",
}


_MODEL_TITLES = {
    "cnn": "Plain CNN",
    "st-cnn-single": "ST-CNN Single",
    "st-cnn-multi": "ST-CNN Multi",
    "st-finder": "Finder",
}
"""Where it is not the name in capitals."""


def network_title(model: str, transform: str | None = None) -> str:
    """Such as ``ST-CNN affine``, ``2\u00d7ST-CNN`` or ``RNN-SPN, glimpse 1/3``."""
    title = _MODEL_TITLES.get(model) or re.sub(r"^(\d)", "\\1\u00d7", model.upper())
    title = re.sub(r"-D(\d)$", r", glimpse 1/\1", title)
    if not transform or (transform == "translation" and "glimpse" in title):
        return title
    return f"{title} {TRANSFORM_TITLES.get(transform, transform)}"


def checkpoint_title(name: str, model: Mapping[str, Any]) -> str:
    """The network on a checkpoint's card; one that was trained here says where it lies.

    Args:
        name: the checkpoint's, in the library.
        model: the card's.
    """
    title = network_title(model["name"], model.get("transform"))
    return f"{title} ({name})" if name.startswith(LOCAL) else title
