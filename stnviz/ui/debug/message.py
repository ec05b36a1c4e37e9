"""What the Debug component is sent: lights, numbers of all images, pictures of some."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.live.protocol import decode_answer, encode_answer
from stnviz.records.trace import Array
from stnviz.ui.debug.model import Examined
from stnviz.ui.debug.overview import MOST_IMAGES, overview_of
from stnviz.ui.debug.series import Series
from stnviz.ui.encoding import as_text, pack_answers
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.stored_openings import load_opening

BUDGET = 5 * 2**19
"""Bytes of pictures in one message; if all images do not fit, those in view are sent."""

_messages: SharedWork[Message] = SharedWork(kept=8, at_once=1)
"""Messages on shipped networks, for all visitors."""

SENT = "debug-sent"
"""Session state key of the last message on a trace of the visitor's own."""


@dataclass(frozen=True)
class View:
    """What of the traces is in view.

    Args:
        lane: of the transformer; None for the worst one.
        tick: of the transformer.
        image: shown in full.
        pin: shown beside it; None for none.
        other: lane and tick of the transformer of the second trace; None for the same ones.
    """

    lane: int | None = None
    tick: int | None = None
    image: int = 0
    pin: int | None = None
    other: tuple[int, int] | None = None

    def of(self, side: int) -> tuple[int | None, int | None]:
        """Lane and tick of the transformer of one trace."""
        return self.other if side and self.other else (self.lane, self.tick)


@dataclass(frozen=True)
class Message:
    """What the component is sent.

    Args:
        packed: the messages, as :func:`stnviz.ui.encoding.pack_answers` packs them.
    """

    packed: bytes

    @cached_property
    def head(self) -> dict[str, Any]:
        """The header of the first of them."""
        length = int.from_bytes(self.packed[:4], "little")
        return decode_answer(self.packed[4 : 4 + length])[0]

    @cached_property
    def data(self) -> dict[str, str]:
        """The component's data."""
        revision = hashlib.sha256(self.packed).hexdigest()
        return {"revision": revision, "answer": as_text(self.packed)}


def first_message(names: Sequence[str], cards: Mapping[str, Card], view: View) -> Message | None:
    """What the page opens with, if that is asked for and stored: it needs no torch.

    Args:
        names: of what is examined.
        cards: of the networks.
        view: what is in view.
    """
    if len(names) != 1 or names[0] not in cards:
        return None
    opening = load_opening("debug", names[0], cards[names[0]].digest)
    if opening is None:
        return None
    message = _stored(opening)
    first = message.head["sides"][0]
    here = first["lane"], first["tick"]
    return message if (view.lane, view.tick) in (here, (None, None)) else None


@lru_cache(maxsize=1)
def _stored(opening: bytes) -> Message:
    return Message(opening)


def message_of(
    sides: Sequence[Examined], view: View, series: Series | None = None, *, shared: bool
) -> Message:
    """The message for these traces; computed once for what is in view.

    Args:
        sides: one trace, or two.
        view: what is in view.
        series: that the first one is of.
        shared: whether other visitors may see the same ones.
    """
    steps = [one.step(*view.of(side)) for side, one in enumerate(sides)]
    first, last = steps[0], steps[-1]
    view = View(first.lane, first.tick, view.image, view.pin, (last.lane, last.tick))
    if has_room(sides, view):
        view = replace(view, image=0, pin=None)
    names = series.names if series else ()
    key = (*(one.key for one in sides), view, names)
    if shared:
        return _messages.get(key, lambda: encode(sides, view, names))
    kept = st.session_state.get(SENT)
    if kept is None or kept[0] != key:
        st.session_state[SENT] = kept = (key, encode(sides, view))
    found: Message = kept[1]
    return found


def encode(sides: Sequence[Examined], view: View, series: Sequence[str] = ()) -> Message:
    """The message for one trace, or two that are compared.

    Args:
        sides: the trace, and perhaps the one beside it.
        view: what is in view; numbers that do not exist are taken for the nearest that do.
        series: names of the traces that are played one after another, such as training steps.
    """
    from stnviz.ui.debug.pictures import picture_arrays

    arrays: dict[str, Array] = {}
    heads, pictures = [], []
    for side, one in enumerate(sides):
        found = overview_of(one, *view.of(side))
        heads.append(found.head)
        arrays |= {f"{name}{side}": array for name, array in found.arrays.items()}
        for image in _sent(sides, side, view):
            head, parts = picture_arrays(found.step, image, found.images[image], found.scales)
            pictures.append(encode_answer({"side": side, "image": image, **head}, parts))
    head = {"sides": heads, "series": list(series)}
    return Message(pack_answers([encode_answer(head, arrays), *pictures]))


def _sent(sides: Sequence[Examined], side: int, view: View) -> Sequence[int]:
    """The images of one trace whose pictures are sent."""
    last = min(len(sides[side].trace), MOST_IMAGES) - 1
    if has_room(sides, view):
        return range(last + 1)
    return sorted({min(image, last) for image in (view.image, view.pin) if image is not None})


def has_room(sides: Sequence[Examined], view: View) -> bool:
    """Whether the pictures of all images fit into one message."""
    total = 0
    for side, one in enumerate(sides):
        step = one.step(*view.of(side))
        if step.grid.ndim == 5:
            return False
        samples = step.grid[0].size // step.grid.shape[-1]
        pixels = math.prod(step.input.shape[2:])
        total += min(len(one.trace), MOST_IMAGES) * (18 * samples + 8 * pixels)
    return total <= BUDGET
