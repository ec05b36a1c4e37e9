"""Time machine: scrub through a training and watch a transformer learn to look."""

from __future__ import annotations

import streamlit as st

from stnviz.records import History
from stnviz.training.cards import HISTORY, Card
from stnviz.training.titles import checkpoint_title
from stnviz.ui.address import asked_anew, follow, whole
from stnviz.ui.links import quoted
from stnviz.ui.play import shelf
from stnviz.ui.replay import mount_replay, replay_data
from stnviz.ui.training import train_one

KEY = "replay"
FIRST = "mnist-r/st-cnn-affine"


def with_history(cards: dict[str, Card]) -> dict[str, Card]:
    """The checkpoints that remember their training, those with a transformer first."""
    found = {n: card for n, card in cards.items() if (shelf().folder(n) / HISTORY).exists()}
    plain = [name for name, card in found.items() if not card.model.get("transform")]
    return {name: found[name] for name in [n for n in found if n not in plain] + plain}


def follow_replay() -> None:
    """Another moment or picture was chosen: the address follows."""
    if told := st.session_state[KEY].get("state"):
        follow({"moment": told["moment"], "picture": told["picture"]})


st.markdown("#### Pull the mark back to step 0 and watch the network learn where to look.")
st.caption("The same pictures at every step, with the network's windows and its answers.")
cards = with_history(shelf().cards())
if not cards:
    st.info(f"No network here remembers its training: {train_one()}")
    st.stop()

asked = st.query_params.get("run", FIRST)
if asked not in cards:
    if "run" in st.query_params:
        st.warning(f"There is no training named {quoted(asked)}: here is another one.")
    asked = FIRST if FIRST in cards else next(iter(cards))
names = list(cards)
chosen = st.selectbox(
    "Training",
    names,
    index=names.index(asked),
    format_func=lambda name: f"{checkpoint_title(name, cards[name].model)} on {cards[name].data}",
    label_visibility="collapsed",
)
if chosen != st.query_params.get("run"):
    for name in ("moment", "picture"):
        if "run" in st.query_params:
            st.query_params.pop(name, None)
    st.query_params["run"] = chosen
card = cards[chosen]
try:
    history = History.load(shelf().folder(chosen) / HISTORY)
    if not len(history):
        raise ValueError(f"{chosen} remembers no moment of its training.")
except ValueError as error:
    st.error(f"{error} Train the network again to have its history.")
    st.stop()
mount_replay(
    replay_data(
        chosen,
        history,
        dict(card.model),
        card.training["steps"],
        data=card.data,
        moment=whole("moment", 0, len(history) - 1, len(history) - 1),
        picture=whole("picture", 0, len(history.labels) - 1, 0),
        asked=asked_anew(),
    ),
    key=KEY,
    on_state=follow_replay,
)
