"""What networks answer, in words: a digit, several, a sum, a house number, a bird."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from stnviz.data.catalogue import DATA_SETS
from stnviz.data.numbers import NONE
from stnviz.records import Array


def answer_words(data: str, answer: ArrayLike, species: Sequence[str] = ()) -> str:
    """A label or an answer of one picture.

    Args:
        data: name of the data set.
        answer: () or (places,) as networks number them.
        species: names of birds, where it is one.
    """
    family, number = DATA_SETS.get(data).family, np.asarray(answer)
    if family == "numbers":
        return "".join(str(digit) for digit in number.tolist() if digit != NONE) or "nothing"
    if family == "birds":
        name = species[int(number)]
        return "{} head and {} body".format(*name.split()) if are_drawn(data) else name
    return " ".join(map(str, number.flatten().tolist()))


def thing_words(data: str, label: ArrayLike, species: Sequence[str] = ()) -> str:
    """What a picture shows, as it follows on *this*."""
    words = answer_words(data, label, species)
    if DATA_SETS.get(data).family == "addition":
        return f"sum of {words}"
    return f"bird with {words}" if are_drawn(data) else words


def are_drawn(data: str) -> bool:
    """Whether these are birds that stnviz draws; their species are called by head and body."""
    return data.startswith("birds")


def how_sure(probabilities: Array) -> float:
    """The share of the answer; of one with several places, that of all of them together.

    Args:
        probabilities: (K,) or (places, K).
    """
    return float(np.prod(probabilities.max(axis=-1)))
