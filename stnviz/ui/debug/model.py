"""What the Debug page examines: a trace of a shipped network, of a file, or of an upload."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import LOCAL, checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.records import HealthReport, Step, Trace, load_trace
from stnviz.records.trace import Array
from stnviz.ui.attention.model import load, pictures_of
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.train.model import title_of_data
from stnviz.ui.wording import answer_words

if TYPE_CHECKING:
    from stnviz.models import Model

TRACE: Final = "STNVIZ_TRACE"
"""Environment variable: path of a trace that the page opens with."""

FILE = "file"
"""The choice of that trace, in the address."""

FIRST = "mnist-rts/st-cnn-affine"
"""The network that the page opens with where no file is given."""

IMAGES, IMAGE_BYTES = 32, 2**24
"""Images of a shipped network that are examined, and their size in all."""


class NothingToExamine(ValueError):
    """A trace without steps, or a file that is none; the message says what to do."""


@dataclass(frozen=True)
class Examined:
    """A trace, and the health of its transformers.

    Args:
        key: identifies it.
        title: what it is a trace of; it may come from a file, so it is never parsed as Markdown.
        trace: of at least one step.
        report: on its transformers, the worst first.
        labels: what the network predicts for each image, as text; empty if it does not classify.
    """

    key: str
    title: str
    trace: Trace
    report: HealthReport
    labels: tuple[str, ...] = ()

    def step(self, lane: int | None, tick: int | None) -> Step[Array]:
        """The step of a transformer; that of the worst one if there is none of these numbers."""
        steps = {(step.lane, step.tick): step for step in self.trace.steps}
        worst = self.report.transformers[0]
        wanted = (worst.lane, worst.tick) if lane is None or tick is None else (lane, tick)
        return steps.get(wanted, steps[worst.lane, worst.tick])


_examined: SharedWork[Examined] = SharedWork(kept=6, at_once=1)
"""Traces of shipped networks, for all visitors."""


def examinable(cards: Mapping[str, Card]) -> list[str]:
    """The networks that have transformers, those of one data set together.

    Sets that are no data set, such as one of ill networks, come first: somebody has put them
    together to be looked at here.
    """
    order = DATA_SETS.names()

    def rank(name: str) -> tuple[bool, bool, int, str]:
        group, data = name.partition("/")[0], cards[name].data
        return name.startswith(LOCAL), group in order, order.index(data), name

    return sorted((name for name, card in cards.items() if card.model.get("transform")), key=rank)


def title_of(name: str, card: Card) -> str:
    """Title of a network in the list: its own name first if it does not say the data set."""
    title = f"{checkpoint_title(name, card.model)} on {title_of_data(card.data)}"
    group, _, rest = name.partition("/")
    return title if group == card.data or name.startswith(LOCAL) else f"{group}: {rest} ({title})"


def examine_network(name: str, card: Card) -> Examined:
    """A shipped network on its own images; the first visitor who asks waits for all.

    Raises:
        ResourceNotFound: its images are not on this machine; the message says where to get them.
        BadCheckpoint: it does not load.
    """
    return _examined.get((name, card.digest), lambda: _examine_network(name, card))


def _examine_network(name: str, card: Card) -> Examined:
    import torch

    from stnviz.analysis.inspect import inspect

    model = load(name, card.digest)
    batches, count, wanted = [], 0, IMAGES
    for images, _ in pictures_of(name, card)[0].once():
        wanted = min(IMAGES, max(IMAGE_BYTES // images[0].nbytes, 1))
        batches.append(images)
        count += len(images)
        if count >= wanted:
            break
    trace = inspect(model, torch.cat(batches)[:wanted], {"model": name, "data": card.data})
    answers = trace.probabilities.argmax(axis=-1)
    species = card.model.get("species", ())
    labels = tuple(answer_words(card.data, answer, species) for answer in answers)
    title = title_of(name, card)
    return Examined(f"{name} {card.digest}", title, trace, _health(trace, model), labels)


def examine_file() -> Examined:
    """The trace that the server was started with.

    Raises:
        NothingToExamine: it is no readable trace; the message says what to do.
    """
    path = Path(os.environ[TRACE])
    try:
        found = path.stat()
        return _examine_file(path, found.st_mtime_ns, found.st_size)
    except (OSError, ValueError) as error:
        raise NothingToExamine(f"{error} Start the app again with another trace.") from error


@st.cache_resource(max_entries=1, show_spinner="Reading the trace")
def _examine_file(path: Path, changed: int, size: int) -> Examined:
    return examine_trace(f"{path} {changed} {size}", path.name, load_trace(path))


def examine_trace(key: str, title: str, trace: Trace) -> Examined:
    """A trace of any network.

    Args:
        key: identifies it.
        title: such as the name of its file.
        trace: as it was read.

    Raises:
        NothingToExamine: it has no steps; the message says what to do.
    """
    if not trace.steps:
        raise NothingToExamine(
            "This trace holds no step of a transformer: call the model inside the block of "
            "stnviz.capture."
        )
    model = trace.provenance.get("model")
    title = f"{title}: {model}" if isinstance(model, str) else title
    return Examined(key, title[:200], trace, _health(trace, None), _classes(trace))


def _health(trace: Trace, model: Model | None) -> HealthReport:
    from stnviz.analysis.health.health import health

    return health(trace, model)


def _classes(trace: Trace) -> tuple[str, ...]:
    """The predicted class of each image, by number."""
    shares = trace.probabilities
    if shares.ndim < 2 or not shares.shape[-1] or not np.isfinite(shares).all():
        return ()
    rows = shares.argmax(axis=-1).reshape(len(shares), -1)
    return tuple(" ".join(map(str, row)) for row in rows.tolist())
