"""Distorted digits, as Play and Inside show them: one, or a sweep of one value."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.digits import gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.units import label, read_value, value_label
from stnviz.export.scenes.network import card_of, run_network
from stnviz.export.scenes.scene import Frame, NotExportable, Scene
from stnviz.export.scenes.sweep import FRAMES, Sweep, shown, word_of
from stnviz.live.distorted_input import DistortedInput, make_input
from stnviz.live.links import PlayState
from stnviz.live.protocol import BadRequest, DistortionSettings
from stnviz.live.protocol import Source as Clean
from stnviz.records import Parameter

NAMED_VALUES = 4
"""Values that are said in a caption and in a file name, at most."""


def digit_scene(
    state: PlayState,
    *,
    sweep: Sweep | None = None,
    frames: int | None = None,
) -> Scene:
    """The networks of a state on its digit.

    Args:
        state: what Play shows; the models take images of one size.
        sweep: of one value; the others stay as they are.
        frames: of the sweep.

    Raises:
        NotExportable: a network does not load, or the state cannot be drawn.
    """
    if not state.models:
        raise NotExportable("The link names no network: choose one on the page.")
    sizes = {tuple(card_of(name).model["input_size"]) for name in state.models}
    if len(sizes) > 1 or any(card_of(name).family != "digits" for name in state.models):
        raise NotExportable(
            "Compare networks for digits that take pictures of one size: choose others."
        )
    height, width = sizes.pop()
    values = sweep.values(frames or FRAMES) if sweep else [None]
    inputs = [_input(state, sweep, value, (height, width)) for value in values]
    images = torch.cat([one.image for one in inputs])
    about = {"data": state.distortion, "digit": state.digit, "seed": state.seed}
    runs = [run_network(name, images, about) for name in state.models]
    label_ = None if state.ink else int(gallery().labels[state.digit])
    lattices = [one.lattice() for one in inputs]
    labels = [_label(sweep, value) for value in values]

    def draw(index: int) -> Frame:
        return Frame(tuple(run.panel(index, lattices[index]) for run in runs), labels[index])

    return Scene(
        name="-".join(filter(None, (_networks(state.models), _digit(state), _moves(state, sweep)))),
        title=f"{_title(state, label_)} and what {_titles(state.models)} make of it",
        caption=caption(state, sweep, label_),
        count=len(values), draw=draw, sources=tuple(run.source for run in runs),
        labels=labels,
        columns={sweep.parameter.name: [float(v) for v in values if v is not None]}
        if sweep
        else {},
    )  # fmt: skip


def _input(
    state: PlayState, sweep: Sweep | None, value: float | None, size: tuple[int, int]
) -> DistortedInput:
    values = dict(state.values)
    if sweep is not None and value is not None:
        values[sweep.parameter.name] = value
    clean = Clean(ink=state.ink) if state.ink else Clean(digit=state.digit)
    settings = DistortionSettings(name=state.distortion, values=values, seed=state.seed)
    try:
        return make_input(clean, settings, size, 0)
    except BadRequest as error:
        raise NotExportable(f"{error.message} Copy the link again from the page.") from error


def caption(state: PlayState, sweep: Sweep | None, label_: int | None) -> str:
    """Model, data and seed as sentences."""
    networks = "; ".join(
        f"{checkpoint_title(name, card_of(name).model)} ({name})" for name in state.models
    )
    digit = "drawn digit" if state.ink else f"gallery digit {state.digit} (a {label_})"
    said = ", ".join(_said(state, sweep))
    title = DISTORTIONS.get(state.distortion).title
    return f"{networks}. Data: {title}, {digit}{f', {said}' if said else ''}. Seed {state.seed}."


def _said(state: PlayState, sweep: Sweep | None) -> list[str]:
    said = []
    if sweep is not None:
        low, high = (read_value(sweep.parameter, value) for value in (sweep.low, sweep.high))
        said.append(f"{label(sweep.parameter).lower()} {low} to {high}")
    moved = _moved(state, sweep)
    few = moved[:NAMED_VALUES]
    said += [f"{label(one).lower()} {read_value(one, value)}" for one, value in few]
    return said + ["and more"] * (len(moved) > NAMED_VALUES)


def _moved(state: PlayState, sweep: Sweep | None) -> list[tuple[Parameter, float]]:
    """The values that distort, without the one that is swept."""
    parameters = DISTORTIONS.get(state.distortion).parameters
    return [
        (one, state.values[one.name])
        for one in parameters
        if state.values.get(one.name, one.default) != one.default
        and (sweep is None or one.name != sweep.parameter.name)
    ]


def _label(sweep: Sweep | None, value: float | None) -> str:
    if sweep is None or value is None:
        return ""
    return value_label(sweep.parameter, value)


def _title(state: PlayState, label_: int | None) -> str:
    return "A drawn digit, distorted," if state.ink else f"A distorted {label_}"


def _titles(models: Sequence[str]) -> str:
    return " and ".join(checkpoint_title(name, card_of(name).model) for name in models)


def _networks(models: Sequence[str]) -> str:
    first, *others = models
    return "-vs-".join([first.replace("/", "-"), *(name.rsplit("/", 1)[-1] for name in others)])


def _digit(state: PlayState) -> str:
    return "drawing" if state.ink else f"digit{state.digit}"


def _moves(state: PlayState, sweep: Sweep | None) -> str:
    moved = _moved(state, sweep)
    words = [f"{word_of(one)}{shown(one, value)}" for one, value in moved[:NAMED_VALUES]]
    return "-".join(([sweep.word] if sweep else []) + words)
