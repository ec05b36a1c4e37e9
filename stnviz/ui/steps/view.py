"""The steps component: a multi-step network, step by step, on an image that can be edited."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from stnviz.checkpoints.card import Card
from stnviz.ui.answerer.offer import graph_address, page_offer, pictures_address
from stnviz.ui.component import mount
from stnviz.ui.encoding import packed_data
from stnviz.ui.pages import live_address

HERE = Path(__file__).parent


mount_steps = partial(mount, HERE, live=True)
"""Mount the data of :func:`steps_data`; its state is the step, the image and what was moved."""


def steps_data(network: str, card: Card, answer: bytes, state: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the component gets.

    Args:
        network: the checkpoint's name in the library.
        card: its card.
        answer: of the live engine, to a request for a step trace.
        state: what to open with: ``picture``, ``tick``, ``own``, ``slow``, ``sharp``,
            ``handles``, ``distractors`` and ``asked``.
    """
    return {
        **packed_data(answer), "network": network, "live": live_address(), "state": dict(state),
        "answers": page_offer(), "graph": graph_address(network, card, "steps"),
        "pictures": pictures_address(card.data),
    }  # fmt: skip
