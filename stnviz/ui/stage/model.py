"""What the Play page shows: which models it compares, and the data that the stage gets.

It does not import torch: the page is on screen before torch is loaded, drawn from stored answers.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.library import Library, default_library
from stnviz.checkpoints.titles import LOCAL, checkpoint_title
from stnviz.data.digits import gallery
from stnviz.data.distortions import DISTORTIONS, Control, Distortion, start_value
from stnviz.data.units import label, reading
from stnviz.live.links import FIRST_DIGIT, LANDING, PlayState
from stnviz.live.protocol import MAX_MODELS
from stnviz.records import Parameter
from stnviz.ui.answerer.offer import graph_address, page_offer
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.pages import live_address

FIRST_ANSWERS = Path(__file__).parent / "first.bin"

OPENINGS = {
    "mnist-r": "Turn the digit. Watch the network turn it back.",
    "mnist-rts": "Turn, scale and move the digit. Watch the network fetch it back.",
    "mnist-p": "Pull the corners of the picture. Watch the network straighten it.",
    "mnist-p-fitted": "Pull the corners a little less. Watch the network straighten it.",
    "mnist-e": "Pull the points of the picture. Watch the network smooth it.",
    "mnist-tc": "Move the digit among the clutter. Watch the network find it.",
    "free": "Do anything to the digit. Watch what the network does about it.",
}
"""The sentence that opens the page, for each distortion."""

THUMBS = 10


def library() -> Library:
    """The library of checkpoints that can be compared."""
    return default_library()


def models_for(distortion: str, cards: Mapping[str, Card]) -> list[str]:
    """Checkpoints that accept this distortion's images, those trained on it first.

    If none was trained on it, those with the same image size; the free distortion works with any.
    """
    canvas = DISTORTIONS.get(distortion).canvas
    fitting = [
        name
        for name, card in cards.items()
        if distortion == "free" or card.model["input_size"][0] == canvas
    ]
    return sorted(fitting, key=lambda name: _rank(name, cards[name], distortion))


def _rank(name: str, card: Card, distortion: str) -> tuple[bool, bool, int, str]:
    order = ("st-cnn-affine", "cnn", "st-cnn-thin-plate-spline")
    kind = name.rsplit("/", 1)[-1]
    rank = order.index(kind) if kind in order else len(order)
    data = LANDING.distortion if distortion == "free" else distortion
    return card.data != data, name.startswith(LOCAL), rank, name


def default_models(distortion: str, cards: Mapping[str, Card]) -> tuple[str, ...]:
    """The first spatial transformer and the first plain network, as far as there are any."""
    fitting = models_for(distortion, cards)
    size = cards[fitting[0]].model["input_size"] if fitting else None
    firsts: dict[bool, str] = {}
    for name in fitting:
        model = cards[name].model
        if model["input_size"] == size:
            firsts.setdefault(not model.get("transform"), name)
    return tuple(firsts[plain] for plain in sorted(firsts))


def usable_models(wanted: Sequence[str], distortion: str, cards: Mapping[str, Card]) -> list[str]:
    """Those of ``wanted`` that accept this distortion and the image size of the first of them."""
    fitting = set(models_for(distortion, cards))
    kept = [name for name in dict.fromkeys(wanted) if name in fitting]
    return [
        name
        for name in kept
        if cards[name].model["input_size"] == cards[kept[0]].model["input_size"]
    ][:MAX_MODELS]


def stage_data(
    state: PlayState,
    cards: Mapping[str, Card],
    *,
    revision: str,
    offer: tuple[int, int],
    landing: bool,
    answer: bytes | None = None,
) -> dict[str, Any]:
    """The data that the stage gets.

    Args:
        state: what it shows when ``revision`` is new to it.
        cards: of the checkpoints.
        revision: changes whenever the state comes from outside the stage.
        offer: which ten digits to offer, as :func:`thumbs` takes it.
        landing: start with the stored answers and one slow turn.
        answer: of the engine, for a stage that cannot reach the live route.
    """
    first = cards[state.models[0]]
    return {
        "revision": hashlib.sha256(
            json.dumps([revision, state.distortion, state.models]).encode()
        ).hexdigest()[:16],
        "live": live_address(),
        "state": state.plain(),
        "distortion": {
            **describe_distortion(state.distortion, first.data),
            "canvas": first.model["input_size"][0],
        },
        "models": [
            {
                **describe_model(name, cards[name]),
                "graph": graph_address(name, cards[name], state.distortion),
            }
            for name in state.models
        ],
        "answers": page_offer(),
        "thumbs": thumbs(*offer),
        "first": as_text(FIRST_ANSWERS.read_bytes()) if landing and state == LANDING else None,
        "answer": as_text(pack_answers([answer])) if answer is not None else None,
    }


def describe_distortion(name: str, trained: str) -> dict[str, Any]:
    """What the stage says of a distortion; the arguments are those of :func:`controls_for`."""
    distortion = DISTORTIONS.get(name)
    return {
        "name": name,
        "title": distortion.title,
        "varies": any(low != high for low, high in distortion.trained.values()),
        "controls": controls_for(name, trained),
    }


def describe_model(name: str, card: Card) -> dict[str, Any]:
    """What the stage says of a network, and what it needs to compute its answers."""
    trained = DISTORTIONS.get(card.data)
    return {
        "name": name,
        "title": checkpoint_title(name, card.model),
        "transformer": card.model.get("transform") is not None,
        "transform": card.model.get("transform"),
        "trained": trained.title,
        "ranges": trained.trained,
        "canvas": card.model["input_size"][0],
    }


def controls_for(distortion: str, trained: str) -> list[dict[str, Any]]:
    """The sliders of a distortion.

    Args:
        distortion: registered name.
        trained: name of the one that a network was trained on, whose ranges are marked.
    """
    return controls_of(DISTORTIONS.get(distortion), DISTORTIONS.get(trained).trained)


def controls_of(
    distortion: Distortion, ranges: Mapping[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """The sliders of a distortion, with the ranges that training covered marked on them."""
    return [
        _control(control, ranges.get(control.parameter.name, _still(control.parameter)))
        for control in distortion.controls
    ]


def _still(parameter: Parameter) -> tuple[float, float]:
    return parameter.default, parameter.default


def _control(control: Control, trained: tuple[float, float]) -> dict[str, Any]:
    parameter = control.parameter
    how = reading(parameter)
    return {
        "name": parameter.name,
        "label": label(parameter),
        "low": parameter.low,
        "high": parameter.high,
        "default": parameter.default,
        "start": start_value(control),
        "help": parameter.help,
        "factor": how.factor,
        "decimals": how.decimals,
        "sign": how.sign,
        "trained": list(trained),
        "law": asdict(control.law),
    }


@lru_cache(maxsize=64)
def thumbs(seed: int, shown: int) -> dict[str, Any]:
    """Ten digits to choose from, one of each class: their indices and one image of all.

    Args:
        seed: which ten.
        shown: a digit that stands for its class among them.
    """
    from PIL import Image

    digits = gallery()
    if seed == 0:
        turns = np.full(THUMBS, FIRST_DIGIT // 10)
    else:
        # Every class has at least 860 digits, so that index 10 k + c is a c.
        turns = np.random.default_rng(seed).integers(0, 860, THUMBS)
    indices = [int(turn) * 10 + label for label, turn in enumerate(turns)]
    indices[int(digits.labels[shown])] = shown
    strip = np.concatenate([digits.images[index] for index in indices], axis=1)
    file = io.BytesIO()
    Image.fromarray(strip).save(file, "PNG")
    return {"indices": indices, "sprite": "data:image/png;base64," + as_text(file.getvalue())}
