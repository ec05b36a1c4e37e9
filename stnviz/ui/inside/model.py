"""What the Inside page shows: which networks can be opened, and the data that it sends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from stnviz.checkpoints.card import Card
from stnviz.data.catalogue import DATA_SETS
from stnviz.export.own import Own
from stnviz.live.links import FIRST_DIGIT, FIRST_NETWORKS, inside_values
from stnviz.live.openable import can_be_opened
from stnviz.live.protocol import BadRequest, InsideRequest
from stnviz.onnx.names import parts_of_inside
from stnviz.ui.answerer.offer import graph_address, opening_address, page_offer
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.export.handed import hand_over
from stnviz.ui.pages import live_address
from stnviz.ui.stage.model import controls_for, thumbs
from stnviz.ui.stored_openings import load_opening
from stnviz.ui.uploads import own_photo

FIRST = FIRST_NETWORKS["inside"]
"""The network that is opened first."""

OPENING = "Open a spatial transformer, step by step, down to the pixel."

NOTHING = 10
"""The class of an empty place of a house number."""


def openable(cards: Mapping[str, Card]) -> list[str]:
    """Names of the networks that can be opened, the simplest first."""
    names = [name for name, card in cards.items() if can_be_opened(card)]
    order = {data: place for place, data in enumerate(DATA_SETS.names())}
    return sorted(names, key=lambda name: (name != FIRST, order[cards[name].data], name))


def distortion_of(card: Card) -> str | None:
    """The distortion of a network's digits; None if its images are none."""
    return card.data if card.family == "digits" else None


def first_values(card: Card) -> dict[str, float]:
    """The distortion's values that the page opens with."""
    return inside_values(card.data)


def classes_of(card: Card) -> list[str] | None:
    """Names of the classes; None if they are numbers."""
    if species := card.model.get("species"):
        return [str(one).replace("_", " ") for one in species]
    if card.family == "numbers":
        return [*map(str, range(NOTHING)), ""]
    return None


def inside_data(
    name: str, card: Card, state: Mapping[str, Any], offer: tuple[int, int], *, offline: bool
) -> dict[str, Any]:
    """The data that the component gets.

    Args:
        name: of the network.
        card: its card.
        state: what to open with.
        offer: which ten digits to offer, as :func:`stnviz.ui.stage.model.thumbs` takes it.
        offline: whether the live route is out of reach, so that the page has to answer.
    """
    distortion = distortion_of(card)
    answer = answer_of(name, state) if offline else opening_of(name, card.digest, state)
    return {
        "live": live_address(),
        "state": {**state, "network": name},
        "classes": classes_of(card),
        "controls": controls_for(distortion, distortion) if distortion else None,
        "thumbs": thumbs(*offer) if distortion else None,
        "answer": as_text(pack_answers([answer])) if answer else None,
        "revision": hashlib.sha256(answer or b"").hexdigest()[:16],
        **own_answers(name, card),
    }


def own_answers(name: str, card: Card) -> dict[str, Any]:
    """What the page needs to answer by itself, as it can for digit networks; else nothing."""
    if not (parts := parts_of_inside(card)):
        return {}
    return {
        "answers": page_offer(),
        "opening": opening_address(name, card),
        "graphs": {part.removeprefix("inside-"): graph_address(name, card, part) for part in parts},
    }


def takes_photos(card: Card) -> bool:
    """Whether a network can be opened on a visitor's photo."""
    return card.family in ("birds", "numbers")


def keep_photo(file: str, data: bytes, card: Card) -> str:
    """Keep a visitor's photo where the live route and exports find it; return its digest.

    Args:
        file: name of the uploaded file.
        data: its contents.
        card: of the network that it is opened with.

    Raises:
        BadPicture: it cannot be read; the message says what to do.
    """
    from stnviz.live.process_engine import shared_engine

    photo = own_photo(data, card.model["input_size"][0])
    digest = shared_engine().inside.photos.keep(photo)
    hand_over("inside", Own("photo", file, digest, photo=photo))
    return digest


def trace_data(name: str, state: Mapping[str, Any], answer: bytes) -> dict[str, Any]:
    """The data for a trace: the page answers, as there is no network to ask."""
    return {
        "live": live_address(),
        "state": {**state, "network": name},
        "classes": None, "controls": None, "thumbs": None, "still": True,
        "answer": as_text(pack_answers([answer])),
        "revision": hashlib.sha256(answer).hexdigest()[:16],
    }  # fmt: skip


def request_of(name: str, state: Mapping[str, Any]) -> InsideRequest:
    """The live request for what a state shows."""
    plain: dict[str, Any] = {
        "version": 1, "id": 0, "inside": name,
        **{part: state[part] for part in ("lane", "tick", "theta", "sampler", "label")},
    }  # fmt: skip
    if state["distortion"]:
        ink = state["ink"]
        plain["source"] = {"ink": ink} if ink else {"digit": state["digit"]}
        plain["distortion"] = {
            "name": state["distortion"], "values": state["values"], "seed": state["seed"],
        }  # fmt: skip
    elif state.get("photo"):
        plain["photo"] = state["photo"]
    else:
        plain["picture"] = state["picture"]
    return InsideRequest.model_validate(plain)


def answer_of(name: str, state: Mapping[str, Any]) -> bytes | None:
    """The engine's answer; None if the state cannot be answered."""
    from stnviz.live.process_engine import shared_engine

    try:
        return shared_engine().submit(request_of(name, state)).result()
    except BadRequest:
        return None


def opening_of(name: str, digest: str, state: Mapping[str, Any]) -> bytes | None:
    """What the page opens with, if it is stored: it needs no torch."""
    return load_opening("inside", *opening_key(name, digest, state))


def opening_key(name: str, digest: str, state: Mapping[str, Any]) -> tuple[str, str, str]:
    """All that an answer is computed from."""
    return name, digest, request_of(name, state).model_dump_json()


def first_state(card: Card) -> dict[str, Any]:
    """What the page opens with, as far as an answer depends on it."""
    return {
        "lane": 0, "tick": 0, "theta": None, "sampler": None, "label": None,
        "distortion": card.data, "digit": FIRST_DIGIT, "ink": None, "seed": 0,
        "values": first_values(card),
    }  # fmt: skip
