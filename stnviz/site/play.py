"""What the static Play page knows: its networks, its distortions, and what it opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from stnviz.checkpoints.card import Card
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING, read_link
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


def few_choices(cards: Mapping[str, Card], shown: str | None = None) -> Choices:
    """The choices in a page that is one file.

    Clutter is cut from all digits of the gallery, of which such a page has a few: distortions with
    clutter are left out.

    Args:
        cards: of its networks, each offered for the distortion that it was trained on.
        shown: a distortion for which it has all networks that take its images. If this one has
            clutter, there are no choices.
    """
    if shown is not None and has_clutter(shown):
        return {}
    found = {
        data: [name for name in models_for(data, cards) if data in (cards[name].data, shown)]
        for data in DISTORTIONS.names()
        if not has_clutter(data)
    }
    return {data: names for data, names in found.items() if names}


def has_clutter(distortion: str) -> bool:
    """Whether pieces of other digits lie on its images."""
    return any(one.name == "clutter" for one in DISTORTIONS.get(distortion).parameters)


def play_data(
    cards: Mapping[str, Card], choices: Choices, digits: int, version: str, opens: str = ""
) -> dict[str, Any]:
    """The data of the page.

    Args:
        cards: of its networks.
        choices: that its visitors have.
        digits: of the gallery that it has.
        version: of the site; the page's script must be of the same.
        opens: query of a link that the page opens with, unless its address has one.
    """
    offered = choices.get(LANDING.distortion, ())
    landing = LANDING if all(name in offered for name in LANDING.models) else None
    shown = read_link(dict(parse_qsl(opens)))[0].get("digit", LANDING.digit)
    return {
        "version": version,
        "opens": opens,
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
        "thumbs": thumbs(0, shown),
        "landing": landing.plain() if landing else None,
        "first": as_text(FIRST_ANSWERS.read_bytes()) if landing else None,
    }
