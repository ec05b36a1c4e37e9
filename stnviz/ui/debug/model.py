"""What the Debug page examines: a trace of a shipped network, of a file, or of an upload."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.titles import LOCAL, checkpoint_title
from stnviz.checkpoints.wording import answer_words
from stnviz.data.catalogue import DATA_SETS
from stnviz.export.own import Own
from stnviz.live.links import FIRST_NETWORKS
from stnviz.records import HealthReport, Step, Trace, load_trace
from stnviz.records.trace import Array
from stnviz.ui.attention.model import load, pictures_of
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.train.model import title_of_data

if TYPE_CHECKING:
    from torch import Tensor

    from stnviz.models import Model

FIRST = FIRST_NETWORKS["debug"]
"""The network that the page opens with where no file is given."""

IMAGES, IMAGE_BYTES = 32, 2**24
"""Images of a shipped network that are examined, and their size in all."""

PATIENCE = 6.0
"""Seconds that running a network again and again may take: nobody waits for a page much longer."""

RUNS, RUNS_OF_STEP = 8, 4
"""How often it is run: to find causes and other conventions, and for each of its steps."""


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
        overviews: of its transformers, by lane and tick, as they were asked for.
    """

    key: str
    title: str
    trace: Trace
    report: HealthReport
    labels: tuple[str, ...] = ()
    overviews: dict[tuple[int, int], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def upload(self) -> Own:
        """The trace as exports take it, if it is a visitor's."""
        return Own("trace", self.title, self.key, trace=self.trace)

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
    batches, wanted = [], IMAGES
    for images, truths in pictures_of(name, card)[0].once():
        wanted = min(IMAGES, max(IMAGE_BYTES // images[0].nbytes, 1))
        batches.append((images, truths))
        if sum(len(one) for one, _ in batches) >= wanted:
            break
    images, truths = (torch.cat(parts)[:wanted] for parts in zip(*batches, strict=True))
    inspect(model, images[:1])  # the first run is no measure
    began = time.perf_counter()
    trace = inspect(model, images, {"model": name, "data": card.data})
    took = time.perf_counter() - began
    labels = truths if truths.shape == trace.probabilities.shape[:-1] else None
    report = _network_health(trace, model, labels, took)
    words = tuple(_labels(card, trace.probabilities.argmax(axis=-1), labels))
    return Examined(f"{name} {card.digest}", title_of(name, card), trace, report, words)


def _network_health(trace: Trace, model: Model, labels: Tensor | None, took: float) -> HealthReport:
    """The health of a network; of one that takes long, from its trace alone.

    Args:
        trace: of the network.
        model: the network.
        labels: true classes of the images, if it predicts classes.
        took: seconds that it took for these images.
    """
    from stnviz.analysis.health.health import health

    if took * (RUNS + RUNS_OF_STEP * len(trace.steps)) < PATIENCE:
        return health(trace, model, labels)
    note = (
        "The network was not run again with its grids replaced, which takes long: "
        f"stnviz health {trace.provenance['model']} does it."
    )
    return replace(health(trace), notes=(note,))


def _labels(card: Card, answers: Array, labels: Tensor | None) -> Iterator[str]:
    """What the network predicts for each image, and what is right where that is another thing."""
    species = card.model.get("species", ())
    for index, answer in enumerate(answers):
        said = answer_words(card.data, answer, species)
        right = said if labels is None else answer_words(card.data, labels[index], species)
        yield said if said == right else f"{said} (is {right})"


def examine_file(path: Path) -> Examined:
    """A trace on this machine.

    Raises:
        NothingToExamine: it is no readable trace; the message says what to do.
    """
    try:
        found = path.stat()
        return _examine_file(path, found.st_mtime_ns, found.st_size)
    except (OSError, ValueError) as error:
        raise NothingToExamine(f"{error} Choose another trace.") from error


@st.cache_resource(max_entries=4, show_spinner="Reading the trace")
def _examine_file(path: Path, changed: int, size: int) -> Examined:
    return examine_trace(f"{path.name} {changed} {size}", path.name, load_trace(path))


def examine_trace(key: str, title: str, trace: Trace) -> Examined:
    """A trace of any network.

    Args:
        key: identifies it.
        title: such as the name of its file.
        trace: as it was read.

    Raises:
        NothingToExamine: it has no steps; the message says what to do.
    """
    from stnviz.analysis.health.health import health

    if not trace.steps:
        raise NothingToExamine(
            "This trace holds no step of a transformer: call the model inside the block of "
            "stnviz.capture."
        )
    model = trace.provenance.get("model")
    title = f"{title}: {model}" if isinstance(model, str) else title
    return Examined(key, title[:200], trace, health(trace), _classes(trace))


def _classes(trace: Trace) -> tuple[str, ...]:
    """The predicted class of each image, by number."""
    shares = trace.probabilities
    if shares.ndim < 2 or not shares.shape[-1] or not np.isfinite(shares).all():
        return ()
    rows = shares.argmax(axis=-1).reshape(len(shares), -1)
    return tuple(" ".join(map(str, row)) for row in rows.tolist())
