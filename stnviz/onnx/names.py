"""Names of the graphs of a checkpoint. No torch here: a server that starts knows them."""

from __future__ import annotations

from typing import Final

from stnviz.checkpoints.card import Card
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import DISTORTIONS

LOOK: Final = "inside-look"
GRID: Final = "inside-grid"
READ: Final = "inside-read"
"""Parts of the Inside page's answer; see :mod:`stnviz.onnx.inside`."""


def page_of(card: Card) -> str:
    """The page that shows a checkpoint: play, attention or steps."""
    return DATA_SETS.get(card.data).page


def distortions_for(card: Card) -> list[str]:
    """The distortions that a network of the Play page answers for, its own first.

    They are those on canvases of its input size, and the free one, which has no size of its own.
    """
    if page_of(card) != "play":
        return []
    side = card.model["input_size"][0]
    names = [name for name, one in DISTORTIONS if name == "free" or one.canvas == side]
    return sorted(names, key=lambda name: name != card.data)


def parts_of_inside(card: Card) -> list[str]:
    """The graphs from which the Inside page's answer is made; none but for digit networks."""
    return [LOOK, GRID, READ] if card.family == "digits" and card.model["transform"] else []
