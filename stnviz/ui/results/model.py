"""What the Results page computes: error curves, and digits on which two networks disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from stnviz.checkpoints.card import Card
from stnviz.checkpoints.distortion_sweeps import load_stored_sweep
from stnviz.checkpoints.titles import LOCAL
from stnviz.data.digits import GALLERY_SPLIT, gallery, part_of_gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.units import reading
from stnviz.live.protocol import decode_answer, encode_answer
from stnviz.papers.curves import PLACES, SWEPT, places_of
from stnviz.plots.curves import error_curves
from stnviz.records import ComparedImages, Disagreement, Parameter
from stnviz.ui.encoding import LATTICE
from stnviz.ui.shared_work import SharedWork
from stnviz.ui.stage.model import library
from stnviz.ui.stored_openings import load_opening

if TYPE_CHECKING:  # the table and stored curves need no torch
    from stnviz.models import Model


def as_read(parameter: Parameter, values: Sequence[float]) -> list[float]:
    """Values in the unit that is displayed."""
    return [value * reading(parameter).factor for value in values]


def has_transformer(card: Card) -> bool:
    """Whether a checkpoint's network contains a spatial transformer."""
    return bool(card.model.get("transform"))


def networks_of(cards: Mapping[str, Card], data: str) -> tuple[list[str], list[str]]:
    """Checkpoints for a data set, with a transformer and without, shipped ones first."""
    fitting = [name for name in cards if cards[name].data == data]
    fitting.sort(key=lambda name: name.startswith(LOCAL))
    ours = [name for name in fitting if has_transformer(cards[name])]
    return ours, [name for name in fitting if name not in ours]


def gallery_is_unseen(cards: Sequence[Card]) -> bool:
    """Whether the whole gallery is new to these networks, or only its test digits."""
    return not any("gallery" in str(card.training.get("digits", "")) for card in cards)


@st.cache_resource(max_entries=24, show_spinner=False)
def load(name: str, digest: str) -> Model:
    """A model of the library; ``digest`` distinguishes a retrained one from the old."""
    from stnviz.checkpoints.storage import load_checkpoint

    return load_checkpoint(library().folder(name))


_curves: SharedWork[list[float]] = SharedWork(kept=500, at_once=1)


def curve(
    name: str, digest: str, data: str, parameter: Parameter, tell: Callable[[float], None]
) -> list[float]:
    """Errors of one model at every place; ``tell`` is called with the share done.

    A curve that is stored with the weights is read; any other is measured once. If a whole class
    opens the page together, one visitor's run measures, and the others wait for its result.
    """
    digits, places = part_of_gallery(SWEPT), places_of(parameter)
    kept = load_stored_sweep(library().folder(name), digest, digits.source, parameter.name, places)
    if kept is not None:
        return kept
    from stnviz.analysis.distortion_sweep import sweep_error

    def measure() -> list[float]:
        errors: list[float] = []
        for error in sweep_error(load(name, digest), data, parameter.name, places, digits):
            errors.append(error)
            tell(len(errors) / PLACES)
        return errors

    return _curves.get((digest, data, parameter.name), measure)


error_chart = st.cache_resource(max_entries=64, show_spinner=False)(error_curves)
"""Cached: a chart takes longer to build than everything else on a page that was opened before."""


@st.cache_resource(max_entries=16, show_spinner="Looking at the digits of the gallery")
def disagreement_of(
    ours: str, rival: str, data: str, digests: tuple[str, str], whole: bool
) -> Disagreement:
    """Compare two models of the library on the gallery, distorted as in training.

    Args:
        ours: with a transformer.
        rival: without.
        data: the distortion.
        digests: of both, so that a retrained one counts as another.
        whole: whether the whole gallery is new to both, or only its test digits.
    """
    if opening := load_opening("results", ours, rival, data, digests, whole):
        return decode_disagreement(opening)
    import torch

    from stnviz.analysis.disagreement import find_disagreements
    from stnviz.data.batches import Batches

    digits = gallery() if whole else part_of_gallery(GALLERY_SPLIT["test"])
    batches = Batches(digits, DISTORTIONS.get(data), torch.device("cpu")).once()
    return find_disagreements(load(ours, digests[0]), load(rival, digests[1]), batches, LATTICE)


PICTURES = [field.name for field in fields(ComparedImages)]
SIDES = "only_ours", "only_rival"


def encode_disagreement(found: Disagreement) -> bytes:
    """Encode what the page opens with, to be stored."""
    head = {"counts": found.counts, "seen": found.seen, "spread": found.spread}
    sides = {
        f"{side}-{name}": np.asarray(getattr(getattr(found, side), name))
        for side in SIDES
        for name in PICTURES
    }
    return encode_answer(head, {"before": found.before, "after": found.after, **sides})


def decode_disagreement(opening: bytes) -> Disagreement:
    """The inverse of :func:`encode_disagreement`."""
    head, arrays = decode_answer(opening)
    ours, rival = (
        ComparedImages(*(arrays[f"{side}-{name}"] for name in PICTURES)) for side in SIDES
    )
    (first, second), (before, after) = head["counts"], head["spread"]
    return Disagreement(
        ours, rival, (first, second), head["seen"], arrays["before"], arrays["after"],
        (before, after),
    )  # fmt: skip


def words_of(pictures: ComparedImages) -> list[str]:
    """The caption of each image: its label and what either network read."""
    return [
        f"a {label}\nread {ours} | {rival}"
        for label, (ours, rival) in zip(pictures.labels, pictures.answers, strict=True)
    ]
