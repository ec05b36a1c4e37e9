"""What the Steps page computes: the step trace of the image that the URL names."""

from __future__ import annotations

import statistics
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.seeds import load_seed_errors, percent_with_spread
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.live.process_engine import shared_engine
from stnviz.live.protocol import BadRequest, Edit, StepTraceRequest, decode_answer
from stnviz.ui.stage.model import library
from stnviz.ui.stored_openings import load_opening
from stnviz.ui.url_choice import in_order

KINDS = {data.name: data for _, data in DATA_SETS if data.page == "steps"}
"""The data sets whose networks this page shows."""

TIMED = 5


@st.cache_data(max_entries=128, show_spinner="Loading the network")
def step_trace_of(
    name: str,
    digest: str,
    picture: int,
    handles: list[list[float]] | None = None,
    distractors: int | None = None,
    sharp: bool = False,
) -> bytes:
    """The engine's answer to a request for a step trace; ``digest`` tells retrained networks apart.

    Raises:
        BadRequest: there is no such image, or it cannot be arranged like this.
    """
    if opening := load_opening("steps", name, digest, picture, handles, distractors, sharp):
        return opening
    edit = Edit(picture=picture, handles=handles, distractors=distractors, sharp=sharp)
    request = StepTraceRequest(version=1, id=0, network=name, edit=edit)
    return shared_engine().submit(request).result()


def step_trace_or_first(name: str, card: Card, state: dict[str, Any]) -> tuple[bytes, str | None]:
    """The step trace that the state asks for, or the nearest available one and why.

    What is not available is reset in the state: first what was moved, then the image.

    Raises:
        BadRequest: not even the first image is available; the message says what to do.
    """
    why = None
    for put_back in ({}, {"handles": None, "distractors": None}, {"picture": 0}):
        state.update(put_back)
        asked = {part: state[part] for part in ("picture", "handles", "distractors", "sharp")}
        try:
            return step_trace_of(name, card.digest, **asked), why
        except BadRequest as error:
            why = why or error.message
            refused = error
    raise refused


@st.cache_data(max_entries=32, show_spinner=False)
def time_of(name: str, digest: str) -> float:
    """Milliseconds that the network takes for one image: the median of ``TIMED`` runs.

    Raises:
        BadRequest: it does not load.
    """
    request = StepTraceRequest(version=1, id=0, network=name, edit=Edit(picture=0))
    answers = [shared_engine().submit(request).result() for _ in range(TIMED)]
    return statistics.median(float(decode_answer(answer)[0]["spent"]) for answer in answers)


def compared(cards: dict[str, Card], data: str) -> list[dict[str, str]]:
    """Rows of the table that compares the networks of one data set."""
    shown = {name: cards[name] for name in in_order(cards, data)}
    return [
        {"": checkpoint_title(name, card.model), **_figures(name, card), "time": _time(name, card)}
        for name, card in shown.items()
    ]


def _time(name: str, card: Card) -> str:
    """Empty if a network does not load: a visitor who opens it sees why."""
    try:
        return f"{time_of(name, card.digest):.1f} ms"
    except BadRequest:
        return ""


def _figures(name: str, card: Card) -> dict[str, str]:
    found = card.metrics
    seeds = tuple(load_seed_errors(library().folder(name), card.digest).values())
    error = f"{percent_with_spread(found['error'], seeds)} %"
    if "digit_error" not in found:
        return {"wrong": error}
    away = found.get("away")
    return {
        "digits wrong": f"{100 * found['digit_error']:.2f} %",
        "rows wrong": error,
        "pixels off": f"{statistics.mean(away):.1f}" if away else "",
    }


def errors_per_step(card: Card) -> str | None:
    """How wrong the network is after each step, or where its windows lie, as a sentence."""
    if off := card.metrics.get("corner_errors"):
        figures = ", ".join(f"{far:.3f}" for far in off[1:])
        return (
            f"Corners of glasses are off by {off[0]:.3f} half pictures on average at the start, "
            f"and by {figures} after each step; they count as wrong above half of that start."
        )
    if away := card.metrics.get("away"):
        far = ", ".join(f"{pixels:.1f}" for pixels in away)
        shares = ", ".join(f"{100 * share:.0f}" for share in card.metrics["overlap"])
        return (
            f"The middles of this network's glimpses are {far} pixels from their digits' on "
            f"average; each overlaps with the one before it by {shares} %."
        )
    after = card.metrics.get("after")
    if not after or len(after) < 2:
        return None
    figures = ", ".join(f"{100 * share:.1f}" for share in after)
    return f"Wrong after each of its {len(after)} steps: {figures} % of the test pictures."
