"""A training on one of its probe images, snapshot by snapshot, as the Time machine shows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.windows import compose_lattices
from stnviz.checkpoints.card import HISTORY, Card
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.checkpoints.wording import thing_words
from stnviz.coordinates import base_grid, sample
from stnviz.data.catalogue import DATA_SETS
from stnviz.export.scenes.network import (
    FINDER,
    LATTICE,
    NetworkRun,
    card_of,
    library,
    species_of,
)
from stnviz.export.scenes.scene import Frame, NotExportable, Scene
from stnviz.records import History, Step, Trace
from stnviz.transforms import Transform, create_transform
from stnviz.transforms.thin_plate_spline import control_points

RATE = 12.0
"""Snapshots per second of an animation."""

COMPOSITOR = "compositor"


def training_scene(name: str, *, picture: int = 0, snapshot: int | None = None) -> Scene:
    """A network on one probe image at every snapshot of its training.

    Args:
        name: of the checkpoint.
        picture: index of the probe image.
        snapshot: that a still shows; the last one by default.

    Raises:
        NotExportable: the training was not recorded, or cannot be drawn.
    """
    card = card_of(name)
    if card.family == COMPOSITOR:
        raise NotExportable(
            "A training that puts glasses on faces has no window to draw: export it on the Steps "
            "page."
        )
    if card.family == "volumes":
        raise NotExportable(
            "A training on volumes has no window to draw: export the volume on the Attention page."
        )
    try:
        history = History.load(library().folder(name) / HISTORY)
    except (OSError, ValueError) as error:
        raise NotExportable(f"{error} Choose a network with a training history.") from error
    if not 0 <= picture < len(history.labels):
        raise NotExportable(f"Choose a picture from 0 to {len(history.labels) - 1}.")
    run = _run(name, card, history, picture)
    total = card.training.get("steps") or history.snapshots[-1].step
    labels = [f"training step {one.step:,} of {total:,}" for one in history.snapshots]
    last = len(history) - 1
    shown = last if snapshot is None else min(snapshot, last)
    title, data = checkpoint_title(name, card.model), DATA_SETS.get(card.data).title

    def draw(index: int) -> Frame:
        return Frame((run.panel(index),), labels[index])

    found = "the digit" if card.family == FINDER else thing_words(
        card.data, history.labels[picture], species_of(card)
    )  # fmt: skip
    return Scene(
        name=f"{name.replace('/', '-')}-training-picture{picture}-step"
        f"{history.snapshots[shown].step}",
        title=f"Training of {title} on {found}",
        caption=f"{title} ({name}). Data: {data}, probe picture {picture}, {len(history)} "
        f"snapshots. Seed {card.training.get('seed', 0)}.",
        count=len(history), draw=draw, sources=(run.source,), shown=shown, labels=labels, rate=RATE,
        columns={
            "training_step": [one.step for one in history.snapshots],
            "loss": [one.loss for one in history.snapshots],
            "error": [one.error for one in history.snapshots],
            "validation_error": [one.validation for one in history.snapshots],
        },
    )  # fmt: skip


def _run(name: str, card: Card, history: History, picture: int) -> NetworkRun:
    """The network at each snapshot, as if it had been run on as many images."""
    count = len(history)
    image = torch.from_numpy(history.images[picture]).float() / 255
    images = image.expand(count, -1, -1, -1)
    shares = np.stack([one.probabilities[picture] for one in history.snapshots])
    thetas = [
        torch.from_numpy(np.stack([one.thetas[k][picture] for one in history.snapshots]))
        for k in range(len(history.snapshots[0].thetas))
    ]
    options = dict(card.model.get("transform_options", {}))
    lanes: list[Sequence[Tensor]] = []
    transform: Transform | None = None
    if thetas:
        transform = create_transform(card.model["transform"], **options)
        parallel = history.snapshots[0].ticks.count(0)
        lanes = [thetas[lane::parallel] for lane in range(parallel)]
    height, width = card.model.get("sampled_size") or card.model["input_size"]
    windows, crops, steps = [], [], []
    with torch.inference_mode():
        for lane, ticks in enumerate(lanes):
            assert transform is not None
            places = compose_lattices(transform, ticks, control_points(LATTICE))
            points = base_grid((height, width)).flatten(0, 1)
            grid = compose_lattices(transform, ticks, points).unflatten(1, (height, width))
            crop = sample(images, grid)
            windows.append((chr(ord("A") + lane % 26), places.numpy()))
            crops.append(crop.numpy())
            steps.append(
                Step(
                    card.model["transform"] if len(ticks) == 1 else "", images.numpy(),
                    ticks[0].numpy() if len(ticks) == 1 else torch.zeros(count, 0).numpy(),
                    grid.numpy(), crop.numpy(), lane,
                )
            )  # fmt: skip
    about = {"model": name, "data": card.data, "probe_picture": picture}
    trace = Trace(images.numpy(), tuple(steps), shares, about)
    return NetworkRun(name, card, trace, tuple(windows), tuple(crops), options)
