"""The attention component: one image, and the windows and outputs of all transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from stnviz.live.protocol import encode_answer
from stnviz.records import Array
from stnviz.ui.component import mount
from stnviz.ui.encoding import as_colours, packed_data

HERE = Path(__file__).parent
LETTERS = "ABCD"


mount_attention = partial(mount, HERE)
"""Mount the data of :func:`attention_data`; its state is stage, muted, heat, grid and opacity."""


def attention_data(message: bytes, state: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the component gets.

    Args:
        message: of :func:`attention_message`.
        state: what to open with: ``stage``, ``muted``, ``heat``, ``grid``, ``opacity``, ``asked``.
    """
    return {**packed_data(message), "state": dict(state)}


def attention_message(
    image: Array,
    lattices: Array,
    crops: Sequence[Array],
    *,
    lattice: int,
    answer: str,
    right: bool,
    heat: Array | None = None,
) -> bytes:
    """What a network sees in one image, encoded.

    Args:
        image: (C, H, W) in [0, 1].
        lattices: (ticks, lanes, L * L, 2).
        crops: one for each tick, of (lanes, C, h, w).
        lattice: L.
        answer: prediction and label, as a sentence.
        right: whether the prediction is correct.
        heat: (lanes, n, n) where the windows lie on average, in [0, 1].
    """
    ticks, lanes = lattices.shape[:2]
    arrays: dict[str, Array] = {
        "picture": as_colours(image),
        "lattices": lattices.astype(np.float32),
        **{
            f"crops{tick}": np.array([as_colours(crop) for crop in crops[tick]], np.uint8)
            for tick in range(ticks)
        },
    }
    if heat is not None:
        arrays["heat"] = (255 * heat).round().astype(np.uint8)
    head = {
        "letters": list(LETTERS[:lanes]), "ticks": ticks, "lattice": lattice,
        "answer": answer, "right": right,
    }  # fmt: skip
    return encode_answer(head, arrays)
