"""The video component: a clip, and the windows and outputs of all transformers on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from stnviz.analysis.smoothness import displacements
from stnviz.live.protocol import encode_answer
from stnviz.records import Array, Track
from stnviz.ui.attention.view import LETTERS
from stnviz.ui.component import mount
from stnviz.ui.encoding import as_colours, packed_data
from stnviz.ui.video.reel import Drawn, pack_reel

HERE = Path(__file__).parent

PICTURES, CROPS, GIVEN = 4_200_000, 1_500_000, 500_000
"""Budgets in bytes of the reels; together, as text, they stay within one message."""


mount_video = partial(mount, HERE)
"""Mount the data of :func:`video_data` and, under ``state``, what to open with.

That is ``frame`` (None plays the clip once), ``grid``, ``slow`` and ``asked``.
"""


def video_data(
    frames: Sequence[Array],
    track: Track,
    rate: float,
    said: Sequence[str],
    *,
    given: Sequence[Array] | None = None,
    truth: Array | None = None,
    thing: str = "digit",
) -> dict[str, str]:
    """The data that the component gets.

    Args:
        frames: N of (S, S, 3) uint8, the squares that windows lie on.
        track: of the same frames.
        rate: frames per second.
        said: N predictions, as sentences.
        given: N of (h, w, 3), the network's inputs, if they are not ``frames``.
        truth: (N, things, L * L, 2) where the things really are.
        thing: what moves in a generated clip.
    """
    crops = Drawn(
        len(track),
        lambda k: np.concatenate([as_colours(crop / 255) for crop in track.crops[k]], axis=1),
    )
    reels = {"picture": pack_reel(frames, PICTURES), "crops": pack_reel(crops, CROPS)}
    if given is not None:
        reels["given"] = pack_reel(given, GIVEN)
    arrays: dict[str, Array] = {
        "windows": track.windows.astype(np.float32),
        "moves": displacements(track.windows).astype(np.float32),
        **{name: reel.data for name, reel in reels.items()},
    }
    if truth is not None:
        arrays["truth"] = displacements(truth[: len(track)]).astype(np.float32)
    head = {
        "letters": list(LETTERS[: track.windows.shape[1]]), "lattice": track.lattice,
        "rate": rate, "said": list(said), "thing": thing,
        "reels": {name: reel.head for name, reel in reels.items()},
    }  # fmt: skip
    return packed_data(encode_answer(head, arrays))
