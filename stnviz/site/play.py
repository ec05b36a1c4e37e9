"""What the static Play page knows: its networks, its distortions, and what it opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stnviz.checkpoints.card import Card
from stnviz.data.distortions import DISTORTIONS
from stnviz.live.links import LANDING
from stnviz.live.protocol import MAX_MODELS
from stnviz.ui.encoding import as_text
from stnviz.ui.stage.model import (
    FIRST_ANSWERS,
    OPENINGS,
    controls_for,
    default_models,
    describe_model,
    models_for,
    thumbs,
)


def chosen_networks(wanted: Sequence[str], cards: Mapping[str, Card]) -> list[str]:
    """The networks of a site: those that are wanted, or the first two of each distortion."""
    if wanted:
        return list(dict.fromkeys(wanted))
    firsts = [name for data in DISTORTIONS.names() for name in default_models(data, cards)]
    return list(dict.fromkeys(firsts))


def graphs_of(cards: Mapping[str, Card]) -> list[tuple[str, str]]:
    """The graphs of a site, as network and distortion: every choice that its visitors have."""
    return [(name, data) for data in DISTORTIONS.names() for name in models_for(data, cards)]


def graph_file(name: str, distortion: str) -> str:
    """The file of a graph in the site's folder."""
    return f"graphs/{name}/{distortion}.onnx"


def play_data(cards: Mapping[str, Card], version: str) -> dict[str, Any]:
    """The data of the page.

    Args:
        cards: of its networks.
        version: of the site; the page's script must be of the same.
    """
    shown = {data: models_for(data, cards) for data in DISTORTIONS.names()}
    offered = [data for data, names in shown.items() if names]
    landing = LANDING if all(name in cards for name in LANDING.models) else None
    return {
        "version": version,
        "most": MAX_MODELS,
        "distortions": {
            data: {
                "name": data,
                "title": DISTORTIONS.get(data).title,
                "opening": OPENINGS[data],
                "varies": any(low != high for low, high in DISTORTIONS.get(data).trained.values()),
                "controls": controls_for(data, data),
                "models": shown[data],
                "first": list(default_models(data, cards)),
            }
            for data in offered
        },
        "models": {
            name: {
                **describe_model(name, card),
                "data": card.data,
                "graphs": {
                    data: f"{graph_file(name, data)}?v={card.digest[:16]}"
                    for data in offered
                    if name in shown[data]
                },
            }
            for name, card in cards.items()
        },
        "thumbs": thumbs(0, LANDING.digit),
        "landing": landing.plain() if landing else None,
        "first": as_text(FIRST_ANSWERS.read_bytes()) if landing else None,
    }
