"""What networks answer, in words: a digit, a sum, a house number, a bird."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from stnviz.data.birds.plumage import SPECIES
from stnviz.data.numbers import NONE
from stnviz.data.sets import DATA_SETS
from stnviz.records import Array


def answer_words(data: str, answer: ArrayLike, species: Sequence[str] = ()) -> str:
    """A label or an answer of one picture.

    Args:
        data: name of the data set.
        answer: () or (places,) as networks number them.
        species: names of birds; those without one are numbered.
    """
    family, number = DATA_SETS.get(data).family, np.asarray(answer)
    if family == "numbers":
        return "".join(str(digit) for digit in number.tolist() if digit != NONE) or "nothing"
    if family == "birds":
        place = int(number)
        return species[place] if place < len(species) else f"species {place + 1}"
    return str(number)


def thing_words(data: str, label: ArrayLike, species: Sequence[str] = ()) -> str:
    """What a picture shows, as it follows on *this*."""
    words = answer_words(data, label, species)
    family = DATA_SETS.get(data).family
    return {"addition": f"sum of {words}", "birds": f"{words} bird"}.get(family, words)


def species_of(data: str, metrics: Mapping[str, Any]) -> Sequence[str]:
    """The names of the birds that a network tells apart.

    Args:
        data: name of the data set; drawn birds have ours.
        metrics: of the network's card, which names those of photographs; empty without one.
    """
    names: Sequence[str] = metrics.get("species", SPECIES if data.startswith("birds") else ())
    return names


def how_sure(probabilities: Array) -> float:
    """The share of the answer; of one with several places, that of all of them together.

    Args:
        probabilities: (K,) or (places, K).
    """
    return float(np.prod(probabilities.max(axis=-1)))
