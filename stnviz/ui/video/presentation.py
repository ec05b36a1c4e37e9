"""Output of the Video page for a processed clip: sentences, a component message, a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stnviz.analysis.smoothness import smoothness
from stnviz.checkpoints.card import Card
from stnviz.checkpoints.wording import answer_words, how_sure
from stnviz.data.video_writer import FileKind, write_clip
from stnviz.plots.annotate import annotated
from stnviz.records import Array
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.video.model import ClipTrace
from stnviz.ui.video.view import video_data

_messages: SharedWork[dict[str, Any]] = SharedWork(kept=4, at_once=2)
"""Complete messages; each has up to ten megabytes."""


def answers(card: Card, probabilities: Array) -> list[str]:
    """The prediction for each frame and its probability, as a sentence."""
    species = card.model.get("species", ())
    return [
        f"Read as {answer_words(card.data, one.argmax(axis=-1), species)}, "
        f"{100 * how_sure(one):.0f} % sure."
        for one in probabilities
    ]


def message(watch: ClipTrace, card: Card) -> dict[str, Any]:
    """The data that the component gets; built once for each number of processed frames."""
    if watch.sent is None or watch.sent[0] != watch.done:
        data = _messages.get(watch.shared("message", watch.done), lambda: _message(watch, card))
        watch.sent = watch.done, data
    return watch.sent[1]


def _message(watch: ClipTrace, card: Card) -> dict[str, Any]:
    found = watch.track()
    return video_data(
        watch.frames(), found, watch.clip.rate, answers(card, found.probabilities),
        given=watch.given(), truth=watch.truth,
        thing="digit" if card.family == "digits" else "picture",
    )  # fmt: skip


def sentences(watch: ClipTrace, letters: str) -> str:
    """How smoothly each window moved, a line each, as Markdown."""
    if watch.done < 2:
        return "One frame alone: nothing moves."
    each = zip(smoothness(watch.track().windows), letters, strict=False)
    return "  \n".join(one.sentence(letter) for one, letter in each)


def save(
    watch: ClipTrace, card: Card, kind: FileKind, *, grid: bool, tell: Callable[[int], object]
) -> None:
    """Draw windows and predictions on the clip and store it as a file, for :func:`saved`.

    Args:
        watch: with at least one processed frame.
        card: of the network.
        kind: of the file.
        grid: whether the inner lines of the windows are drawn as well.
        tell: called with the number of frames drawn so far; if it raises, nothing is stored.
    """
    found = watch.track()
    words = answers(card, found.probabilities)
    frames = islice(iter(watch.clip.frames), len(found))
    drawn = annotated(frames, found.windows, words, grid=grid)

    def counted() -> Iterator[NDArray[np.uint8]]:
        for count, one in enumerate(drawn, 1):
            tell(count)
            yield one

    watch.files[kind, grid, len(found)] = write_clip(counted(), watch.clip.rate, kind)


def saved(watch: ClipTrace, kind: FileKind, *, grid: bool) -> bytes | None:
    """The file of :func:`save`, if it exists for the frames that are shown."""
    return watch.files.get((kind, grid, watch.done))
