"""Time machine: scrub through a training and watch a transformer learn to look."""

from __future__ import annotations

import streamlit as st

from stnviz.records import History
from stnviz.training.cards import HISTORY, Card
from stnviz.training.titles import checkpoint_title
from stnviz.ui.play import shelf
from stnviz.ui.replay import mount_replay, replay_data

KEY = "replay"
FIRST = "mnist-r/st-cnn-affine"


def with_history(cards: dict[str, Card]) -> dict[str, Card]:
    """The checkpoints that remember their training, those with a transformer first."""
    found = {n: card for n, card in cards.items() if (shelf().folder(n) / HISTORY).exists()}
    plain = [name for name, card in found.items() if not card.model.get("transform")]
    return {name: found[name] for name in [n for n in found if n not in plain] + plain}


def follow() -> None:
    """Another moment or picture was chosen: the address follows."""
    told = st.session_state[KEY].get("state")
    if told:
        st.query_params["moment"] = str(told["moment"])
        st.query_params["picture"] = str(told["picture"])


def whole(name: str, low: int, high: int, otherwise: int) -> int:
    """A whole number of the address, within bounds."""
    text = st.query_params.get(name, "")
    return min(max(int(text), low), high) if text.isdecimal() else otherwise


st.markdown("#### Pull the mark back to step 0 and watch the network learn where to look.")
st.caption(
    "Twelve pictures, the same at every step. :blue[Blue] is the network's window; below it "
    "what it reads there, and its answer."
)
cards = with_history(shelf().cards())
if not cards:
    st.info("No network here remembers its training: train one on the Train page.")
    st.stop()

asked = st.query_params.get("run", FIRST)
if asked not in cards:
    if "run" in st.query_params:
        st.warning(f"There is no training named {asked}: here is another one.")
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
except ValueError as error:
    st.error(f"{error} Train the network again to have its history.")
    st.stop()
mount_replay(
    replay_data(
        chosen,
        history,
        dict(card.model),
        card.training["steps"],
        moment=whole("moment", 0, len(history) - 1, len(history) - 1),
        picture=whole("picture", 0, len(history.labels) - 1, 0),
    ),
    key=KEY,
    on_state=follow,
)
