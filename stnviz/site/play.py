"""What the static Play page knows: its networks, its distortions, and what it opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stnviz.checkpoints.card import Card
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING
from stnviz.live.protocol import MAX_MODELS
from stnviz.site.contents import graph_file
from stnviz.ui.encoding import as_text
from stnviz.ui.stage.model import (
    FIRST_ANSWERS,
    OPENINGS,
    default_models,
    describe_distortion,
    describe_model,
    models_for,
    thumbs,
)

Choices = Mapping[str, Sequence[str]]
"""The networks that are offered for each distortion."""


def all_choices(cards: Mapping[str, Card]) -> Choices:
    """Every network for every distortion that it can be shown with, as in the app."""
    found = {data: models_for(data, cards) for data in DISTORTIONS.names()}
    return {data: names for data, names in found.items() if names}


def few_choices(cards: Mapping[str, Card]) -> Choices:
    """Every network for the distortion that it was trained on, unless that has clutter.

    Clutter is cut from all digits of the gallery, of which a page in one file has a few.
    """
    found = {
        data: [name for name in models_for(data, cards) if cards[name].data == data]
        for data, distortion in DISTORTIONS
        if all(parameter.name != "clutter" for parameter in distortion.parameters)
    }
    return {data: names for data, names in found.items() if names}


def play_data(
    cards: Mapping[str, Card], choices: Choices, digits: int, version: str
) -> dict[str, Any]:
    """The data of the page.

    Args:
        cards: of its networks.
        choices: that its visitors have.
        digits: of the gallery that it has.
        version: of the site; the page's script must be of the same.
    """
    offered = choices.get(LANDING.distortion, ())
    landing = LANDING if all(name in offered for name in LANDING.models) else None
    return {
        "version": version,
        "most": MAX_MODELS,
        "digits": digits,
        "distortions": {
            data: {
                **describe_distortion(data, data),
                "opening": OPENINGS[data],
                "models": list(names),
                "first": list(default_models(data, {name: cards[name] for name in names})),
            }
            for data, names in choices.items()
        },
        "models": {
            name: {
                **describe_model(name, card),
                "data": card.data,
                "graphs": {
                    data: f"{graph_file(name, data)}?v={card.digest[:16]}"
                    for data, names in choices.items()
                    if name in names
                },
            }
            for name, card in cards.items()
        },
        "thumbs": thumbs(0, LANDING.digit),
        "landing": landing.plain() if landing else None,
        "first": as_text(FIRST_ANSWERS.read_bytes()) if landing else None,
    }
