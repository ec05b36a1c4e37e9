"""What the Train page shows before anything runs: the training of a shipped network."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from stnviz.checkpoints.card import HISTORY, Card
from stnviz.checkpoints.titles import LOCAL, network_title
from stnviz.records import History
from stnviz.runs.plan import Plan
from stnviz.ui.replay.view import encode_history, mount_replay, replay_data
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import title_of_data


def nearest(cards: Mapping[str, Card], plan: Plan) -> tuple[str, bool] | None:
    """The shipped network that is most like the chosen one.

    Args:
        cards: by name, of networks with a training history.
        plan: of the chosen one.

    Returns:
        Its name and whether it is exactly the chosen one; None if there is none for the data set.
    """
    shipped = [
        name
        for name, card in cards.items()
        if card.data == plan.recipe.data and not name.startswith(LOCAL)
    ]
    if not shipped:
        return None

    def unlike(name: str) -> tuple[bool, bool, bool]:
        config = cards[name].model
        plain = (config.get("transform") is None) != (plan.transform is None)
        return plain, config.get("name") != plan.model, config.get("transform") != plan.transform

    found = min(shipped, key=unlike)
    return found, not any(unlike(found))


def show_example_run(plan: Plan, *, trains: bool) -> None:
    """Play back the shipped training run of the chosen network, or of the nearest one.

    Args:
        plan: of the chosen network.
        trains: whether a visitor can train here.
    """
    cards = {n: c for n, c in library().cards().items() if (library().folder(n) / HISTORY).exists()}
    if (found := nearest(cards, plan)) is None:
        return
    name, same = found
    card = cards[name]
    try:
        history = History.load(library().folder(name) / HISTORY)
    except (OSError, ValueError):
        return
    if not len(history):
        return
    steps = card.training.get("steps") or history.snapshots[-1].step
    title = network_title(card.model["name"], card.model.get("transform"))
    other = "" if same else "No network like yours is shipped; this is the nearest. "
    start = " Press Start to train your own." if trains else ""
    pictures = title_of_data(card.data)
    st.markdown("##### An earlier training")
    st.caption(
        f"{other}This is how {title} learned in {steps:,} steps ({pictures}), shipped with "
        f"stnviz.{start}"
    )
    answer = encode_history(history, dict(card.model), steps, True, card.data)
    mount_replay(replay_data(name, answer), key="earlier", on_state=lambda: None)
