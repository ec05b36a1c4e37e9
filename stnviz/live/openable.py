"""Which networks can be opened at a transformer; needs no torch."""

from __future__ import annotations

from stnviz.checkpoints.card import Card
from stnviz.data.catalogue import DATA_SETS

PAGES = ("play", "attention", "steps")
"""Pages of the data sets whose networks can be opened."""


def can_be_opened(card: Card) -> bool:
    """Whether a network has transformers and classes: a compositor's output is a picture."""
    page = DATA_SETS.get(card.data).page
    return bool(card.model.get("transform")) and page in PAGES and card.family != "compositor"
