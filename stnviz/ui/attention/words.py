"""What the Attention page says of an image and of a network, and what it opens with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.wording import answer_words, are_drawn, how_sure, thing_words
from stnviz.records import Array

SHOWN = 3
"""The image that the page opens with if the URL names nothing: it shows clearly what the page says
of heads and bodies. A link that names a data set but no image means the first image."""


def sentence(data: str, label: Array, logits: Array, species: Sequence[str]) -> str:
    """What the image shows and what the network predicts, as a sentence."""
    said = answer_words(data, logits.argmax(axis=-1), species)
    return f"This {thing_words(data, label, species)} is read as {said}, {sure(logits)} sure."


def photo_sentence(data: str, logits: Array, species: Sequence[str]) -> str:
    """The network's prediction for a photo, and which birds it knows at all."""
    taught = "drawn birds" if are_drawn(data) else "photographs of CUB-200-2011"
    said = answer_words(data, logits.argmax(axis=-1), species)
    return f"The network, which knows {taught} only, says {said}, {sure(logits)} sure."


def sure(logits: Array) -> str:
    """The probability of the prediction, in %."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return f"{100 * how_sure(shares / shares.sum(axis=-1, keepdims=True)):.0f} %"


def how_good(card: Card) -> str:
    """How often the network is wrong, with a note where one is needed."""
    error, count = card.metrics["error"], card.metrics["count"]
    said = f"Wrong on {100 * error:.1f} % of {count:,} test pictures."
    if card.data.startswith("cub"):
        said += " Some of CUB's test pictures are in ImageNet, which its backbone has seen."
    return said
