"""The replay: a component that plays a training run back on its probe images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from stnviz.checkpoints.wording import answer_words, how_sure, thing_words
from stnviz.data.catalogue import DATA_SETS
from stnviz.live.links import FIRST_NETWORKS
from stnviz.live.protocol import encode_answer
from stnviz.records import Array, History
from stnviz.ui.component import mount
from stnviz.ui.encoding import LATTICE, as_colours, as_text, pack_answers
from stnviz.ui.replay.glasses import NOT_FINITE, describe_glasses, glasses_corners
from stnviz.ui.stored_openings import load_opening

HERE = Path(__file__).parent

FIRST = FIRST_NETWORKS["time_machine"]
"""The training run that is shown first."""


mount_replay = partial(mount, HERE)
"""Mount the data of :func:`replay_data`; its state is the snapshot, the image and *Slow*."""


def key_of_history(history: History) -> str:
    """A digest that distinguishes one history from another."""
    digest = hashlib.sha256(history.images.tobytes())
    for snapshot in history.snapshots:
        for array in (*snapshot.thetas, snapshot.probabilities):
            digest.update(array.tobytes())
    return digest.hexdigest()


def replay_data(
    run: str,
    answer: str,
    *,
    snapshot: int | None = None,
    picture: int = 0,
    slow: bool = False,
    scrub: bool = True,
    asked: int = 0,
) -> dict[str, Any]:
    """The data that the replay gets.

    Args:
        run: its name; for another run the component starts again.
        answer: the message of its snapshots, as of :func:`encode_history`.
        snapshot: the one to open with; the last by default.
        picture: the one to open with.
        slow: whether it is to play slowly.
        scrub: whether ``answer`` has the windows of every snapshot, or those of the last alone.
        asked: changes whenever ``snapshot``, ``picture`` and ``slow`` were chosen outside the
            component.
    """
    return {
        "run": run,
        "revision": hashlib.sha256(f"{run} {scrub} {answer}".encode()).hexdigest(),
        "asked": asked,
        "answer": answer,
        "state": {"snapshot": snapshot, "picture": picture, "slow": slow},
        "scrub": scrub,
    }


@st.cache_data(
    max_entries=32, show_spinner="Playing the training back", hash_funcs={History: key_of_history}
)
def encode_history(
    history: History, model: dict[str, Any], steps: int, scrub: bool, data: str
) -> str:
    """The replay's message, as base64 of a stored answer.

    Args:
        history: with at least one snapshot.
        model: the network's config, as a card has it.
        steps: of the whole run.
        scrub: whether the windows of every snapshot are in it, or those of the last alone.
        data: name of the data set.
    """
    if opening := load_opening("replay", key_of_history(history), model, steps, scrub, data):
        return as_text(opening)
    snapshots = history.snapshots
    framed = history if scrub else History(history.images, history.labels, snapshots[-1:])
    family = DATA_SETS.get(data).family
    sought = family == "finder"  # the prediction is a place, not a class
    composites = family == "compositor"
    if composites:
        answers = describe_glasses(history, model)
    else:
        answers = _found(history) if sought else _answered(history, data, model.get("species", ()))
    head: dict[str, Any] = {
        "steps": [m.step for m in snapshots],
        "total": steps,
        "lattice": LATTICE,
        "sought": sought,
        **answers,
        **{
            name: [round(getattr(m, name), 6) for m in snapshots]
            for name in ("loss", "error", "validation")
        },
    }
    if family == "volumes":
        return _message(head, _flattened(framed, model))
    grey = history.images.shape[1] == 1
    pictures = history.images[:, 0] if grey else _coloured(history.images)
    arrays: dict[str, Array] = {"images": pictures}
    if composites:
        arrays["lattices"] = glasses_corners(framed, model, LATTICE)
    elif model.get("transform"):
        # Torch is needed only here, and only once for a history.
        from stnviz.analysis.replay import replay, sample_windows
        from stnviz.transforms import create_transform

        transform = create_transform(model["transform"], **model.get("transform_options", {}))
        played = replay(framed, transform, LATTICE)
        head["poses"] = played.poses
        arrays["lattices"] = played.lattices
        if grey and len(snapshots[0].thetas) == 1:
            size = tuple(model.get("sampled_size") or model["input_size"])
            arrays["outputs"] = sample_windows(framed, transform, size, pool=model.get("pool", 1))
    return _message(head, arrays)


def _message(head: dict[str, Any], arrays: dict[str, Array]) -> str:
    return as_text(pack_answers([encode_answer(head, arrays)]))


def _flattened(history: History, model: dict[str, Any]) -> dict[str, Array]:
    """Probe volumes as pictures, and what a transformer makes of them at every snapshot."""
    from stnviz.analysis.replay import flatten_probe, flatten_windows
    from stnviz.transforms import create_transform

    arrays: dict[str, Array] = {"images": flatten_probe(history, model["thickness"])}
    if name := model.get("transform"):
        transform = create_transform(name, **model.get("transform_options", {}))
        arrays["outputs"] = flatten_windows(history, transform, model["thickness"])
    return arrays


def _answered(history: History, data: str, species: Sequence[str]) -> dict[str, Any]:
    """The labels, and at every snapshot each image's prediction and its probability."""
    return {
        "labels": [thing_words(data, label, species) for label in history.labels],
        "said": [
            [
                answer_words(data, one.argmax(axis=-1), species)
                if np.isfinite(one).all()
                else NOT_FINITE
                for one in snapshot.probabilities
            ]
            for snapshot in history.snapshots
        ],
        "shares": [
            [round(how_sure(one), 4) for one in snapshot.probabilities]
            for snapshot in history.snapshots
        ],
        "right": [
            [
                bool(np.isfinite(one).all() and (one.argmax(axis=-1) == label).all())
                for one, label in zip(snapshot.probabilities, history.labels, strict=True)
            ]
            for snapshot in history.snapshots
        ],
    }


def _found(history: History) -> dict[str, Any]:
    """How well each window covers the digit that is sought, at every snapshot."""
    import torch

    from stnviz.experiments.colocalise import HIT, overlap

    places = torch.from_numpy(history.labels[:, :3])
    shares = [
        overlap(torch.from_numpy(snapshot.thetas[0].copy()), places).round(decimals=3).tolist()
        for snapshot in history.snapshots
    ]
    return {
        "labels": ["digit"] * len(places),
        "said": [
            [f"{100 * share:.0f} %" if np.isfinite(share) else NOT_FINITE for share in row]
            for row in shares
        ],
        "shares": shares,
        "right": [[share > HIT for share in row] for row in shares],
    }


def _coloured(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.stack([as_colours(image / 255) for image in images])
