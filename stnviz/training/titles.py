"""Names of networks for a person. Torch-free, for pages and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stnviz.training.shelf import LOCAL

TRANSFORM_TITLES = {
    "affine": "affine",
    "projective": "projective",
    "thin-plate-spline": "thin-plate spline",
    "similarity": "similarity",
    "attention": "attention",
    "translation": "translation",
}


def network_title(model: str, transform: str | None = None) -> str:
    """Such as ``ST-CNN affine``."""
    words = ["Plain CNN" if model == "cnn" else model.upper()]
    if transform:
        words.append(TRANSFORM_TITLES[transform])
    return " ".join(words)


def checkpoint_title(name: str, model: Mapping[str, Any]) -> str:
    """The network on a checkpoint's card; one that was trained here says where it lies.

    Args:
        name: the checkpoint's, on the shelf.
        model: the card's.
    """
    title = network_title(model["name"], model.get("transform"))
    return f"{title} ({name})" if name.startswith(LOCAL) else title
