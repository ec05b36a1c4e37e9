"""What the Attention page shows of volumes: the digit and angles of the URL, and the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import LOCAL, checkpoint_title
from stnviz.data.digits import GALLERY_COUNT
from stnviz.data.distortions import TURNED
from stnviz.live.links import FIRST_IN_SPACE, SPACE_ANGLES, short_decimal
from stnviz.live.process_engine import shared_engine
from stnviz.live.protocol import (
    MAX_MODELS,
    BadRequest,
    Source,
    VolumeRequest,
    decode_ink,
)
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.pages import live_address
from stnviz.ui.stage.model import controls_of, thumbs
from stnviz.ui.stored_openings import load_opening
from stnviz.ui.url_choice import in_order
from stnviz.ui.url_state import (
    external_changes,
    parse_float,
    read_int,
    reject,
    validate_choice,
)

NETWORKS = "volume-networks"
"""URL parameter and key of the choice of networks."""

SEES = {
    "cnn": "sees the volume flattened from the front: what falls on the back wall.",
    "cnn-views": "sees it flattened from three sides: all three walls.",
    "st-cnn": "lays its box into the volume, and sees the box flattened from its front.",
}
"""What each network sees, as the end of a sentence that begins with its title."""


def networks_shown(cards: Mapping[str, Card]) -> list[str]:
    """The networks that the page opens with: those that are shipped, else the visitor's own."""
    names = in_order(cards, TURNED.name)
    shipped = [name for name in names if not name.startswith(LOCAL)]
    return (shipped or names)[:MAX_MODELS]


def choose_networks(cards: Mapping[str, Card]) -> list[str]:
    """Offer a choice where there are more networks than are shown; the plainest comes first."""
    names, first = in_order(cards, TURNED.name), networks_shown(cards)
    if len(names) <= len(first):
        return first
    titles = {checkpoint_title(name, cards[name].model): name for name in names}
    validate_choice(NETWORKS, list(titles), most=MAX_MODELS)
    chosen = st.multiselect(
        f"Networks, at most {MAX_MODELS}", list(titles),
        [title for title, name in titles.items() if name in first],
        max_selections=MAX_MODELS, key=NETWORKS, bind="query-params",
    )  # fmt: skip
    return [titles[title] for title in chosen] or first


def volume_state() -> dict[str, Any]:
    """The digit and its angles, as the URL has them."""
    names = [parameter.name for parameter in TURNED.parameters]
    turned = any(name in st.query_params for name in names)
    values = {name: _angle(name) for name in names} if turned else dict(SPACE_ANGLES)
    return {
        "digit": read_int("digit", 0, GALLERY_COUNT - 1, FIRST_IN_SPACE),
        "ink": _ink(),
        "values": values,
        "asked": external_changes(),
    }


def _angle(name: str) -> float:
    if (text := st.query_params.get(name)) is None:
        return 0.0
    value = parse_float(text)
    if value is None or not -math.pi <= value <= math.pi:
        reject(name, "an angle in radians, from -3.14 to 3.14")
        return 0.0
    return value


def _ink() -> str | None:
    if (ink := st.query_params.get("ink")) is None:
        return None
    try:
        decode_ink(ink)
    except BadRequest:
        reject("ink", "a drawn digit")
        return None
    return ink


def volume_address(reported: Mapping[str, Any]) -> dict[str, object]:
    """The state that the component reports, as URL parameters."""
    ink = reported["ink"]
    return {
        "digit": None if ink else reported["digit"],
        "ink": ink,
        **{
            parameter.name: short_decimal(reported["values"].get(parameter.name, 0.0))
            for parameter in TURNED.parameters
        },
    }


@st.cache_data(max_entries=128, show_spinner="Loading the networks")
def answer_of(
    names: tuple[str, ...],
    digests: tuple[str, ...],
    digit: int,
    ink: str | None,
    values: dict[str, float],
) -> bytes:
    """The engine's answer; ``digests`` tell retrained networks apart.

    Raises:
        BadRequest: a network does not load.
    """
    if opening := load_opening("volume", names, digests, digit, ink, values):
        return opening
    source = Source(ink=ink) if ink else Source(digit=digit)
    request = VolumeRequest(version=1, id=0, volumes=list(names), source=source, values=values)
    return shared_engine().submit(request).result()


def volume_data(
    cards: Mapping[str, Card],
    names: Sequence[str],
    state: Mapping[str, Any],
    offer: tuple[int, int],
) -> dict[str, Any]:
    """The data that the component gets.

    Args:
        cards: of the checkpoints.
        names: of the networks beside the volume.
        state: as from :func:`volume_state`.
        offer: which ten digits to offer, as :func:`stnviz.ui.stage.model.thumbs` takes it.

    Raises:
        BadRequest: a network does not load.
    """
    digests = tuple(cards[name].digest for name in names)
    answer = answer_of(tuple(names), digests, state["digit"], state["ink"], state["values"])
    return {
        "networks": [
            {
                "name": name,
                "title": checkpoint_title(name, cards[name].model),
                "transformer": cards[name].model.get("transform") is not None,
                "views": 3 if cards[name].model["name"] == "cnn-views" else 1,
                "sees": SEES.get(cards[name].model["name"], ""),
            }
            for name in names
        ],
        "controls": controls_of(TURNED, TURNED.trained),
        "thumbs": thumbs(*offer),
        "live": live_address(),
        "state": dict(state),
        "answer": as_text(pack_answers([answer])),
    }


def how_well(cards: Mapping[str, Card], names: Sequence[str]) -> str:
    """How often each network is wrong on the test set, as a sentence."""
    shown = ((name, cards[name]) for name in names)
    errors = ", ".join(
        f"{checkpoint_title(name, card.model)} {100 * card.metrics['error']:.2f} %"
        for name, card in shown
    )
    return (
        f"Wrong on the 10,000 MNIST test digits, each turned at random: {errors}. The page opens "
        "with a digit that was chosen because it shows the difference."
    )
