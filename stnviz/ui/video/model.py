"""What the Video page computes: a clip, and a network's windows and predictions on each frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

import streamlit as st

from stnviz.analysis.tracking import TOGETHER, track
from stnviz.checkpoints.card import Card
from stnviz.data.clips import Clip
from stnviz.data.preprocessing import Framed, frame, middle_square
from stnviz.data.synthetic_clips import MOTIONS, Moving, move_digit, move_picture
from stnviz.data.video_writer import FileKind
from stnviz.live.links import FIRST_NETWORKS
from stnviz.models import Model
from stnviz.records import Array, Track
from stnviz.ui.attention.model import load, pictures_of
from stnviz.ui.encoding import LATTICE
from stnviz.ui.shared_work import Busy, SharedWork
from stnviz.ui.uploads import own_clip
from stnviz.ui.video.reel import Drawn

GLANCE = 0.5
"""Seconds between two progress reports of a clip that waits for others."""

_tracks: SharedWork[Track] = SharedWork(kept=64, at_once=2)
"""Tracks of sixteen frames: a class that watches one clip sends it through the network once."""

KEPT = "watch"
"""Session state key of the clip that the visitor watches."""

OWN = "clip"
"""The title of a visitor's own clip."""

GREY = ("digits", "sequences", "iterative")
FAMILIES = (*GREY, "numbers", "birds")
"""Of networks that take one image of one or three channels and predict classes."""

FIRST = FIRST_NETWORKS["video"]
"""The network that the page starts with."""


def networks(cards: Mapping[str, Card]) -> dict[str, Card]:
    """The checkpoints that a clip can be sent through: those with transformers."""
    return {
        name: card
        for name, card in cards.items()
        if card.family in FAMILIES and card.model.get("transform")
    }


def first_network(cards: Mapping[str, Card], names: Sequence[str]) -> str:
    """The network that the page starts with, among those that are here."""
    return FIRST if FIRST in cards else names[0]


def motions(card: Card) -> list[str]:
    """The motions of a network's clips: only with digits can two pass each other."""
    alone = card.family != "digits"
    return [name for name, motion in MOTIONS if not (alone and motion.digits > 1)]


@st.cache_data(max_entries=8, show_spinner=False)
def _digit_clip(motion: str, digit: int, seed: int, side: int) -> Moving:
    return move_digit(motion, digit, seed, side, LATTICE)


@st.cache_data(max_entries=4, show_spinner="Moving the picture")
def _picture_clip(
    name: str, digest: str, _card: Card, motion: str, index: int, seed: int
) -> Moving:
    images, _ = pictures_of(name, _card)[0].picture(index)
    return move_picture(images[0], motion, seed, LATTICE)


@dataclass
class ClipTrace:
    """A clip on its way through a network; the run can be stopped and resumed.

    Args:
        network: name and digest.
        source: identifies the clip.
        title: of the clip, in a word.
        clip: what is shown.
        model: the network.
        images: the clip as the network takes it, made a few at a time.
        notices: a sentence for each thing that was done to the clip.
        truth: (N, things, L * L, 2) where the things really are, of a generated clip.
        parts: the tracks so far.
        sent: the number of frames of the last message, and that message.
        files: what has been saved, by kind, grid and number of frames.
        turn: who may add to it, as :meth:`hold` says.
        lock: guards parts and turn.
    """

    network: tuple[str, str]
    source: str
    title: str
    clip: Clip
    model: Model
    images: Framed
    notices: tuple[str, ...]
    truth: Array | None = None
    parts: list[Track] = field(default_factory=list)
    sent: tuple[int, dict[str, Any]] | None = None
    files: dict[tuple[FileKind, bool, int], bytes] = field(default_factory=dict)
    turn: int = 0
    lock: Lock = field(default_factory=Lock)

    def __len__(self) -> int:
        return len(self.clip)

    @property
    def key(self) -> tuple[str, ...]:
        """Identifies this clip with this network."""
        return *self.network, self.source

    @property
    def done(self) -> int:
        """Number of frames that the network has processed."""
        return sum(map(len, self.parts))

    def hold(self) -> int:
        """Stop earlier runs from adding to this trace; return a number for a run that starts now.

        Streamlit starts a page again while its last run may still be in the middle of something.
        """
        with self.lock:
            self.turn += 1
            return self.turn

    def go_on(self) -> Iterator[int]:
        """Send the rest through the network; after every few frames, yield how many are done.

        While others go first, or do the same work, it yields the same number again.
        """
        mine, start = self.hold(), self.done
        while start < len(self):
            try:
                part = _tracks.get(self.shared("track", start), partial(self._track, start), GLANCE)
            except Busy:
                yield self.done
                continue
            start += len(part)
            with self.lock:
                if self.turn != mine:
                    return
                self.parts.append(part)
            yield self.done

    def _track(self, start: int) -> Track:
        (part,) = track(self.model, self.images[start : start + TOGETHER], LATTICE)
        return part

    def shared(self, *what: object) -> tuple[object, ...] | None:
        """The key of work that all visitors of this clip share; None for a visitor's own clip."""
        return None if self.truth is None else (*self.key, *what)

    def track(self) -> Track:
        """The track of all frames so far; at least one frame."""
        if len(self.parts) > 1:
            self.parts = [Track.concatenate(self.parts)]
        return self.parts[0]

    def frames(self) -> Sequence[Array]:
        """N of (S, S, 3): the middle squares of the frames that have been processed."""
        return Drawn(self.done, lambda k: middle_square(self.clip.frames[k : k + 1])[0])

    def given(self) -> Sequence[Array] | None:
        """N of (h, w, 3): the network's inputs, if they are not the frames themselves."""
        height, width = self.clip.frames.shape[1:3]
        if (min(height, width),) * 2 == tuple(self.images.size):
            return None

        def one(k: int) -> Array:
            return self.images[k : k + 1][0].permute(1, 2, 0).expand(-1, -1, 3).numpy()

        return Drawn(self.done, one)


def watch_digit(name: str, card: Card, motion: str, digit: int, seed: int) -> ClipTrace:
    """A digit that moves on the network's canvas."""
    side = card.model["input_size"][0]
    return _watch(
        f"{motion} {digit} {seed} {side}", motion, name, card,
        lambda: _digit_clip(motion, digit, seed, side),
    )  # fmt: skip


def picture_count(name: str, card: Card) -> int:
    """How many test images there are of a network's data.

    Raises:
        ResourceNotFound: none are on this machine; the message says where to get them.
    """
    return len(pictures_of(name, card)[0])


def watch_picture(name: str, card: Card, motion: str, index: int, seed: int) -> ClipTrace:
    """A moving test image of the network's data.

    Raises:
        ResourceNotFound: the images are not on this machine; the message says where to get them.
    """
    return _watch(
        f"{motion} {card.data} {index} {seed}", motion, name, card,
        lambda: _picture_clip(name, card.digest, card, motion, index, seed),
    )  # fmt: skip


def watch_own(name: str, card: Card, data: bytes) -> ClipTrace:
    """An uploaded clip.

    Raises:
        BadClip: it cannot be read; the message says what to do.
    """
    source = hashlib.sha256(data).hexdigest()
    if (kept := st.session_state.get(KEPT)) and (kept.title, kept.source) != (OWN, source):
        # Free the previous clip's memory before this one is read.
        del st.session_state[KEPT], kept
    return _watch(source, OWN, name, card, lambda: own_clip(source, data))


def _watch(
    source: str, title: str, name: str, card: Card, make: Callable[[], Moving | Clip]
) -> ClipTrace:
    """Start with a clip, or go on where this session is in the same one."""
    kept = st.session_state.get(KEPT)
    if isinstance(kept, ClipTrace) and kept.key == (name, card.digest, source):
        return kept
    made, model = make(), load(name, card.digest)
    clip, truth = (made.clip, made.places) if isinstance(made, Moving) else (made, None)
    images = frame(clip.frames, model.config.input_size, 1 if card.family in GREY else 3)
    notices = (*clip.notices, *filter(None, [images.notice]))
    begun = ClipTrace((name, card.digest), source, title, clip, model, images, notices, truth)
    st.session_state[KEPT] = begun
    return begun
