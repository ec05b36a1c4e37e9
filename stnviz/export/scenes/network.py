"""A network on a batch of images: its trace, its windows in the images, and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.inspect import inspect
from stnviz.analysis.windows import group_by_lane, read, sampled_lattices, transform_options
from stnviz.checkpoints.card import BadCheckpoint, Card
from stnviz.checkpoints.library import Library, default_library
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.checkpoints.wording import answer_words, how_sure
from stnviz.coordinates import aspect_of
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.units import MINUS
from stnviz.export.scenes.scene import NotExportable, Outline, Panel, Source
from stnviz.models import Model
from stnviz.records import Array, Step, Trace
from stnviz.records.drawing import as_picture
from stnviz.transforms import create_transform
from stnviz.transforms.thin_plate_spline import control_points

LATTICE = 11
"""Points along each side of a window."""

TOGETHER = 64
"""Images that a network is run on at once."""

FINDER = "finder"
"""The model family whose networks predict a place and no class."""

FEW = 10
"""Largest number of classes whose probabilities are drawn as bars."""


def library() -> Library:
    """The library of checkpoints."""
    return default_library()


def card_of(name: str) -> Card:
    """The card of a checkpoint.

    Raises:
        NotExportable: there is no such checkpoint, or it is damaged.
    """
    card = library().cards(ill=True).get(name)
    if card is None:
        raise NotExportable(
            f"There is no checkpoint {name[:80]!r} here: `stnviz list checkpoints` names all."
        )
    return card


@lru_cache(maxsize=4)
def _loaded(name: str, digest: str) -> Model:
    with torch.inference_mode(mode=False):
        return load_checkpoint(library().folder(name))


def model_of(name: str) -> Model:
    """A network of the library, which stays loaded.

    Raises:
        NotExportable: it does not load; the message says why.
    """
    try:
        return _loaded(name, card_of(name).digest)
    except BadCheckpoint as error:
        raise NotExportable(str(error)) from error


@dataclass(frozen=True)
class NetworkRun:
    """A network on N images.

    Args:
        name: of the checkpoint.
        card: its card.
        trace: of the images.
        windows: for each lane its letter, and (N, L * L, 2) where it lies in the image.
        crops: for each lane (N, C, h, w), what it samples.
        options: constructor options of the transform.
    """

    name: str
    card: Card
    trace: Trace
    windows: tuple[tuple[str, Array], ...]
    crops: tuple[Array, ...]
    options: Mapping[str, Any]

    @property
    def source(self) -> Source:
        """The trace for tables and code."""
        return Source(self.name, self.trace, self.options)

    def panel(self, index: int, distorted: Array | None = None) -> Panel:
        """The network on one of the images.

        Args:
            index: of the image.
            distorted: grid of the clean image.
        """
        shares = self.trace.probabilities[index]
        classifies = self.card.family != FINDER and bool(np.isfinite(shares).all())
        words = ""
        if classifies:
            words = answer_words(self.card.data, shares.argmax(axis=-1), species_of(self.card))
        classes = shares if classifies and shares.ndim == 1 and len(shares) <= FEW else None
        return Panel(
            checkpoint_title(self.name, self.card.model),
            f"trained on “{DATA_SETS.get(self.card.data).title}”",
            as_colours(self.trace.images[index]),
            tuple(
                Outline(places[index], lane, letter)
                for lane, (letter, places) in enumerate(self.windows)
            ),
            distorted,
            tuple(as_colours(crop[index]) for crop in self.crops),
            answer=words,
            sure=how_sure(shares) if classifies else None,
            sentence=f"read as {words}" if words else "",
            shares=classes,
            facts=self._facts(index),
            absent="" if self.windows else "no transformer",
        )

    def _facts(self, index: int) -> tuple[str, ...]:
        if len(self.trace.steps) != 1:
            return ()
        (step,) = self.trace.steps
        size = self.trace.images.shape[-2], self.trace.images.shape[-1]
        return pose_words(step, index, self.options, aspect_of(size))


def run_network(name: str, images: Tensor, provenance: Mapping[str, Any]) -> NetworkRun:
    """Run a network of the library on images.

    Args:
        name: of the checkpoint.
        images: (N, C, H, W) in [0, 1], of its input size.
        provenance: stored in the trace.

    Raises:
        NotExportable: it does not load, or takes other images.
    """
    card, model = card_of(name), model_of(name)
    try:
        trace = joined([inspect(model, part) for part in images.split(TOGETHER)])
    except ValueError as error:
        raise NotExportable(str(error)) from error
    steps: list[Step[Tensor]] = [step.map(torch.from_numpy) for step in trace.steps]
    lanes, options = group_by_lane(steps, multi_step=model.multi_step), transform_options(model)
    xy = control_points(LATTICE)
    with torch.inference_mode():
        letters = [_letter(ticks[-1], several=model.multi_step) for ticks in lanes]
        places = [_array(sampled_lattices(ticks, xy, options)) for ticks in lanes]
        windows = tuple(zip(letters, places, strict=True))
        crops = tuple(_array(read(images, ticks, options)) for ticks in lanes)
    known = Trace(trace.images, trace.steps, trace.probabilities, {"model": name, **provenance})
    return NetworkRun(name, card, known, windows, crops, options)


def joined(traces: list[Trace]) -> Trace:
    """Traces of parts of a batch as one trace."""
    if len(traces) == 1:
        return traces[0]
    steps = []
    for parts in zip(*(trace.steps for trace in traces), strict=True):
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("input", "theta", "grid", "output")
        }
        first = parts[0]
        steps.append(Step(first.transform, **arrays, lane=first.lane, tick=first.tick))
    return Trace(
        np.concatenate([trace.images for trace in traces]),
        tuple(steps),
        np.concatenate([trace.probabilities for trace in traces]),
    )


def pose_words(
    step: Step[Array], index: int, options: Mapping[str, Any], aspect: float
) -> tuple[str, ...]:
    """The pose of a window in short lines; none if it is not finite."""
    theta = torch.from_numpy(np.array(step.theta[index]))
    pose = create_transform(step.transform, **options).pose(theta, aspect)
    if pose is None:
        return ("theta is not finite",)
    return tuple(filter(None, (_turn(pose), _size(pose), _shift(pose))))


def _turn(pose: Mapping[str, float]) -> str:
    return _signed(f"turn {np.degrees(pose['angle']):+.0f}°") if "angle" in pose else ""


def _size(pose: Mapping[str, float]) -> str:
    if "scale_x" in pose:
        return _signed(f"size {100 * pose['scale_x']:.0f} \u00d7 {100 * pose['scale_y']:.0f} %")
    return f"size {100 * pose['scale']:.0f} %" if "scale" in pose else ""


def _shift(pose: Mapping[str, float]) -> str:
    if "shift_x" not in pose:
        return ""
    return _signed(f"shift {pose['shift_x']:+.2f}, {pose['shift_y']:+.2f}")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def species_of(card: Card) -> tuple[str, ...]:
    """The names of the classes of a network for birds; none of others."""
    return tuple(card.model.get("species", ()))


def as_colours(image: Array) -> Array:
    """(H, W, 3) bytes of one image or feature map."""
    found: Array = np.broadcast_to(as_picture(image), (*image.shape[-2:], 3))
    return found


def _letter(step: Step[Tensor], *, several: bool) -> str:
    return chr(ord("A") + step.lane % 26) + (str(step.tick + 1) if several else "")


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.float().numpy()
    return array
