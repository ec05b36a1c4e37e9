"""Time machine page: scrub through a training run and watch a transformer learn."""

from __future__ import annotations

import streamlit as st

from stnviz.checkpoints.card import HISTORY, Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.records import History
from stnviz.ui.replay.url import OLD_NAMES, as_address, read_address
from stnviz.ui.replay.view import FIRST, encode_history, mount_replay, replay_data
from stnviz.ui.replay.watched import load_watched, watched_folders, watched_title
from stnviz.ui.stage.model import library
from stnviz.ui.train.model import title_of_data, train_one
from stnviz.ui.url_choice import pick_from_list
from stnviz.ui.url_state import accept_old_names, sync_from_component
from stnviz.ui.view_options import shows

KEY = "replay"


def with_history(cards: dict[str, Card]) -> dict[str, Card]:
    """The checkpoints with a training history, those with a transformer first."""
    found = {n: card for n, card in cards.items() if (library().folder(n) / HISTORY).exists()}
    plain = [name for name, card in found.items() if not card.model.get("transform")]
    return {name: found[name] for name in [n for n in found if n not in plain] + plain}


def follow_replay() -> None:
    """Write the snapshot, the image and *Slow* into the URL when they change."""
    if reported := st.session_state[KEY].get("state"):
        sync_from_component(as_address(reported))


accept_old_names(OLD_NAMES)
if shows("sentence"):
    st.markdown("#### Pull the mark back to step 0 and watch the network learn where to look.")
    st.caption("The same pictures at every step, with the network's windows and its answers.")
cards, watched = with_history(library().cards()), watched_folders()
if not cards and not watched:
    st.info(f"No network here remembers its training: {train_one()}")
    st.stop()


def title(name: str) -> str:
    """The name of a training in the list."""
    if name in watched:
        return watched_title(name)
    return f"{checkpoint_title(name, cards[name].model)} on {title_of_data(cards[name].data)}"


names = [*cards, *watched]
first = FIRST if FIRST in cards else names[0]
with st.container(key="part-choices-row"):
    drops = ["snapshot", "picture"]
    chosen = pick_from_list("run", "Training", names, first, title, drops=drops)
try:
    if chosen in watched:
        played = load_watched(watched[chosen])
        address = read_address(played.snapshots, played.pictures)
        answer = played.answer
    else:
        card = cards[chosen]
        history = History.load(library().folder(chosen) / HISTORY)
        if not len(history):
            raise ValueError(f"{chosen} remembers no snapshot of its training.")
        steps = card.training.get("steps") or history.snapshots[-1].step
        address = read_address(len(history), len(history.labels))
        answer = encode_history(history, dict(card.model), steps, True, card.data)
except (OSError, ValueError) as error:
    remedy = "Watch" if chosen in watched else "Train"
    st.error(f"{error} {remedy} the network again to have its history.")
    st.stop()
mount_replay(replay_data(chosen, answer, **address), key=KEY, on_state=follow_replay)
