"""Which networks can be opened at a transformer; needs no torch."""

from __future__ import annotations

from stnviz.checkpoints.card import Card
from stnviz.data.catalogue import DATA_SETS

PAGES = ("play", "attention", "steps")
"""Pages of the data sets whose networks can be opened."""


def can_be_opened(card: Card) -> bool:
    """Whether a network has transformers of pictures, and classes.

    A compositor's output is a picture, and volumes are shown on Attention alone.
    """
    page = DATA_SETS.get(card.data).page
    has_place = page in PAGES and card.family not in ("compositor", "volumes")
    return bool(card.model.get("transform")) and has_place
