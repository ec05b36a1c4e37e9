"""Digits in space, as Attention shows them: what each network sees of the volume, flattened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from stnviz.checkpoints.titles import LOCAL, checkpoint_title
from stnviz.checkpoints.wording import how_sure
from stnviz.data.digits import gallery
from stnviz.data.distortions import TURNED
from stnviz.data.units import label, read_value, value_label
from stnviz.data.volumes import extrude, turn_of
from stnviz.export.scenes.network import TOGETHER, as_colours, card_of, library, model_of
from stnviz.export.scenes.scene import Frame, NotExportable, Panel, Scene
from stnviz.export.scenes.sweep import FRAMES, Sweep, shown, word_of
from stnviz.live.distorted_input import checked_values, clean_digit
from stnviz.live.protocol import BadRequest, Source
from stnviz.models.volumes import VolumeNetwork, flatten
from stnviz.records import Array

NOTES = {
    "cnn": "flattened from the front", "cnn-views": "flattened from three sides",
    "st-cnn": "flattened through its box",
}  # fmt: skip
"""What each network sees, beside its title."""


@dataclass(frozen=True)
class _Run:
    """A network on N volumes: the pictures that its classifier sees, and its predictions.

    Args:
        name: of the checkpoint.
        front: (N, 1, H, W) the volumes, flattened from the front.
        seen: (N, V, H, W).
        shares: (N, 10).
    """

    name: str
    front: Array
    seen: Array
    shares: Array

    def panel(self, index: int) -> Panel:
        """The network on one of the volumes."""
        card, shares = card_of(self.name), self.shares[index]
        answer = str(int(shares.argmax()))
        moved = bool(card.model.get("transform"))
        return Panel(
            checkpoint_title(self.name, card.model),
            NOTES.get(card.model["name"], ""),
            as_colours(self.front[index] if moved else _together(self.seen[index])),
            outputs=(as_colours(self.seen[index]),) if moved else (),
            answer=answer, sure=how_sure(shares), sentence=f"read as {answer}", shares=shares,
            absent="" if moved else "no transformer",
        )  # fmt: skip


def _together(views: Array) -> Array:
    """(1, h, w): one view as it is, or three of them in a square."""
    if len(views) == 1:
        return views
    front, top, side = views
    square: Array = np.block([[front, top], [side, np.zeros_like(side)]])
    return square[None]


def volume_scene(
    digit: int,
    ink: str | None,
    values: Mapping[str, float],
    *,
    sweep: Sweep | None = None,
    frames: int | None = None,
) -> Scene:
    """The shipped networks on a digit in space, or on a sweep of one of its angles.

    Args:
        digit: of the gallery.
        ink: a drawn digit instead.
        values: its angles, in radians.
        sweep: of one angle; the others stay as they are.
        frames: of the sweep.

    Raises:
        NotExportable: there is no such digit or angle, or a network does not load.
    """
    swept = sweep.values(frames or FRAMES) if sweep else [None]
    try:
        clean = clean_digit(Source(ink=ink) if ink else Source(digit=digit))
        rows = [
            list(checked_values(_with(values, sweep, value), TURNED, "values", 0).values())
            for value in swept
        ]
    except (BadRequest, ValueError) as error:
        raise NotExportable("The link's digit or angles do not exist: copy it again.") from error
    turns = turn_of(torch.tensor(rows))
    runs = [_run(name, clean, turns) for name in _names()]
    what = "a drawn digit" if ink else f"gallery digit {digit} (a {gallery().labels[digit]})"
    titles = [checkpoint_title(run.name, card_of(run.name).model) for run in runs]
    labels = ["" if v is None or sweep is None else value_label(sweep.parameter, v) for v in swept]

    def draw(index: int) -> Frame:
        return Frame(tuple(run.panel(index) for run in runs), labels[index])

    digit_word = "drawing" if ink else f"digit{digit}"
    return Scene(
        name="-".join([TURNED.name, digit_word, *_moves(values, sweep)]),
        title=f"{what[0].upper()}{what[1:]}, turned in space",
        caption=f"{'; '.join(titles)}. Data: {TURNED.title}, {what}{_said(values, sweep)}.",
        count=len(swept), draw=draw, labels=labels,
        columns={sweep.parameter.name: [v for v in swept if v is not None]} if sweep else {},
    )  # fmt: skip


def _names() -> list[str]:
    """The shipped networks, those without a transformer first."""
    cards = library().cards("volumes")
    found = [name for name in cards if not name.startswith(LOCAL)] or list(cards)
    if not found:
        raise NotExportable("There is no network on volumes here: train one.")
    return sorted(found, key=lambda name: bool(cards[name].model.get("transform")))


def _run(name: str, clean: Tensor, turns: Tensor) -> _Run:
    model = model_of(name)
    assert isinstance(model, VolumeNetwork)
    parts = []
    with torch.inference_mode():
        for some in turns.split(TOGETHER):
            volumes = extrude(clean.expand(len(some), -1, -1, -1), some)
            output = model(volumes)
            given = output.steps[0].output if output.steps else volumes
            front = flatten(volumes, model.config.thickness)
            parts.append((front, model.flattened(given), output.logits.softmax(dim=-1)))
    flat, seen, shares = (torch.cat(one).numpy() for one in zip(*parts, strict=True))
    return _Run(name, flat.clip(0, 1), seen.clip(0, 1), shares)


def _with(
    values: Mapping[str, float], sweep: Sweep | None, value: float | None
) -> dict[str, float]:
    swept = {sweep.parameter.name: value} if sweep is not None and value is not None else {}
    return {**values, **swept}


def _moves(values: Mapping[str, float], sweep: Sweep | None) -> Sequence[str]:
    """Sweep and angles, for file names."""
    still = [
        f"{word_of(one)}{shown(one, values[one.name])}"
        for one in TURNED.parameters
        if values.get(one.name) and (sweep is None or one.name != sweep.parameter.name)
    ]
    return ([sweep.word] if sweep else []) + still


def _said(values: Mapping[str, float], sweep: Sweep | None) -> str:
    said = [
        f"{label(one).lower()} {read_value(one, values[one.name])}"
        for one in TURNED.parameters
        if values.get(one.name) and (sweep is None or one.name != sweep.parameter.name)
    ]
    if sweep is not None:
        low, high = (read_value(sweep.parameter, end) for end in (sweep.low, sweep.high))
        said.insert(0, f"{label(sweep.parameter).lower()} {low} to {high}")
    return "".join(f", {one}" for one in said)
