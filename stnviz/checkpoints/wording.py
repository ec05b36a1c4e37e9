"""Predictions in words: a digit, several, a sum, a house number, a bird."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from stnviz.data.catalogue import DATA_SETS
from stnviz.data.numbers import NONE
from stnviz.records import Array


def answer_words(data: str, answer: ArrayLike, species: Sequence[str] = ()) -> str:
    """A label or prediction of one image, in words.

    Args:
        data: name of the data set.
        answer: () or (places,), numbered as networks number them.
        species: names of the bird species, where it is one.
    """
    family, number = DATA_SETS.get(data).family, np.asarray(answer)
    if family == "numbers":
        return "".join(str(digit) for digit in number.tolist() if digit != NONE) or "nothing"
    if family == "birds":
        name = species[int(number)]
        return "{} head and {} body".format(*name.split()) if are_drawn(data) else name
    return " ".join(map(str, number.flatten().tolist()))


def thing_words(data: str, label: ArrayLike, species: Sequence[str] = ()) -> str:
    """What an image shows, as words that follow *this*."""
    words = answer_words(data, label, species)
    if DATA_SETS.get(data).family == "addition":
        return f"sum of {words}"
    return f"bird with {words}" if are_drawn(data) else words


def are_drawn(data: str) -> bool:
    """Whether these birds are drawn by stnviz; their species are named by head and body."""
    return data.startswith("birds")


def how_sure(probabilities: Array) -> float:
    """The probability of the prediction; with several places, the product over all of them.

    Args:
        probabilities: (K,) or (places, K).
    """
    return float(np.prod(probabilities.max(axis=-1)))
