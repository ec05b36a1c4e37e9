"""Steps page: multi-step transformers, step by step."""

from __future__ import annotations

from typing import Any

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.data.distortions import MAX_PATCHES
from stnviz.live.handles import read_handles
from stnviz.live.protocol import BadRequest
from stnviz.ui.stage.model import library
from stnviz.ui.steps.model import KINDS, compared, errors_per_step, step_trace_or_first
from stnviz.ui.steps.url import OLD_NAMES, as_address
from stnviz.ui.steps.view import mount_steps, steps_data
from stnviz.ui.train.model import train_one
from stnviz.ui.url_choice import choose
from stnviz.ui.url_state import (
    accept_old_names,
    correct,
    external_changes,
    read_int,
    reject,
    sync_from_component,
)
from stnviz.ui.view_options import shows

KEY = "steps"
MOVED = ("handles", "distractors")
"""URL parameters for what was moved in an image; they mean nothing for images of another kind."""

LAST = 99
"""A step beyond the last one of every network: the page opens with the last that exists."""


def follow_steps() -> None:
    """Write the step, the image and what was moved in it into the URL when they change."""
    if reported := st.session_state[KEY].get("state"):
        sync_from_component(as_address(reported))


def opened_with() -> dict[str, Any]:
    """The component's initial state, as the URL has it."""
    moved, distractors = (st.query_params.get(name, "") for name in MOVED)
    handles = read_handles(moved)
    if moved and handles is None:
        reject("handles", "places such as 0.1,-0.5;0.3,0")
    return {
        "picture": read_int("picture", 0, 999_999, 0),
        "tick": read_int("tick", 1, LAST, LAST),
        "own": bool(read_int("own", 0, 1, 0)),
        "slow": bool(read_int("slow", 0, 1, 0)),
        "sharp": bool(read_int("sharp", 0, 1, 0)),
        "handles": handles,
        "distractors": read_int("distractors", 0, MAX_PATCHES, 0) if distractors else None,
        "asked": external_changes(),
    }


def show(name: str, card: Card) -> None:
    """Show the step trace."""
    state = opened_with()
    try:
        answer, notice = step_trace_or_first(name, card, state)
    except BadRequest as error:
        st.error(error.message)
        return
    if notice:
        st.info(notice)
        corrected = as_address(state)
        state["asked"] = correct({part: corrected[part] for part in ("picture", *MOVED)})
    mount_steps(steps_data(name, card, answer, state), key=KEY, on_state=follow_steps)


def compare(cards: dict[str, Card], data: str, card: Card) -> None:
    """Compare the networks of the data set with one another."""
    st.markdown("##### What more steps bring, and what they cost")
    st.table(compared(cards, data))
    st.caption(
        " ".join(
            filter(
                None,
                (
                    errors_per_step(card),
                    "Errors are of the test pictures; the time is of one picture on this machine.",
                ),
            )
        )
    )


accept_old_names(OLD_NAMES)
cards = {name: card for name, card in library().cards().items() if card.data in KINDS}
if not cards:
    st.markdown("#### Multi-step transformers, step by step.")
    st.info(f"There is no multi-step network here: {train_one()}")
    st.stop()

# Not st.empty(), which each run clears first: everything below would jump.
opening = st.container()
st.space("xxsmall")
looking = st.container()
with looking.container(key="part-choices"):
    data, name = choose(cards, KINDS, ("picture", "tick", *MOVED))
if shows("sentence"):
    opening.markdown(f"#### {KINDS[data].opening}")
with looking:
    show(name, cards[name])
if shows("facts"):
    compare(cards, data, cards[name])
