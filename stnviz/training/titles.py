"""Names of networks for a person. Torch-free, for pages and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRANSFORM_TITLES = {
    "affine": "affine",
    "projective": "projective",
    "thin-plate-spline": "thin-plate spline",
}


def network_title(model: str, transform: str | None) -> str:
    """Such as ``ST-CNN affine``."""
    words = ["Plain CNN" if model == "cnn" else model.upper()]
    if transform:
        words.append(TRANSFORM_TITLES.get(transform, transform))
    return " ".join(words)


def card_title(model: Mapping[str, Any]) -> str:
    """The title of a card's network."""
    return network_title(model["name"], model.get("transform"))
