"""The steps of a multi-step network on one image, as the Steps page shows them: a frame each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch

from stnviz.analysis.inspect import inspect
from stnviz.analysis.windows import transform_options
from stnviz.checkpoints.titles import checkpoint_title
from stnviz.data.catalogue import DATA_SETS
from stnviz.export.scenes.network import card_of, library, model_of
from stnviz.export.scenes.scene import Frame, NotExportable, Outline, Panel, Scene, Source
from stnviz.live.handles import Handles
from stnviz.live.protocol import BadRequest, Edit, StepTraceRequest, decode_answer
from stnviz.live.step_traces import StepTracer
from stnviz.records import Array

RATE = 1.25
"""Steps per second of an animation."""


def step_scene(
    name: str,
    picture: int,
    *,
    tick: int | None = None,
    handles: Handles | None = None,
    distractors: int | None = None,
) -> Scene:
    """All steps of a network on one image; the first frame is the start.

    Args:
        name: of the checkpoint.
        picture: index of the image.
        tick: step that a still shows, from 1; the last one by default.
        handles: what a visitor has moved in it.
        distractors: how many there are.

    Raises:
        NotExportable: there is no such image, or it cannot be arranged like this.
    """
    card, model = card_of(name), model_of(name)
    edit = Edit(picture=picture, handles=handles, distractors=distractors)
    try:
        request = StepTraceRequest(version=1, id=0, network=name, edit=edit)
        with torch.inference_mode():
            head, arrays = decode_answer(tracer().answer(request))
            moved = None if handles is None else torch.tensor(handles)
            images = tracer().pictures.of(card.data).arrange(picture, moved, distractors).images
            trace = inspect(model, images, {"model": name, "data": card.data, "picture": picture})
    except BadRequest as error:
        raise NotExportable(error.message) from error
    title, data = checkpoint_title(name, card.model), DATA_SETS.get(card.data).title
    steps, each = head["ticks"], head["predictions"]

    labels = ["start" if steps else "", *(f"step {k} of {steps}" for k in range(1, steps + 1))]

    def draw(index: int) -> Frame:
        step = max(index - 1, 0) if steps else 0
        answered = bool(index or not steps)
        said = each[min(step, len(each) - 1)] if answered else {"label": "", "sentence": ""}
        panel = Panel(
            title, f"on {data}", _bytes(arrays["picture"][0]),
            _outlines(arrays, index), None,
            (_bytes(arrays["outputs"][step]),) if index else (),
            answer=str(said["label"]).split("  ")[0], sentence=said["sentence"],
            absent="" if steps else "no transformer",
        )  # fmt: skip
        return Frame((panel,), labels[index])

    last = steps if tick is None else min(tick, steps)
    return Scene(
        name=f"{name.replace('/', '-')}-picture{picture}" + f"-step{last}" * bool(steps),
        title=f"Steps of {title}",
        caption=f"{title} ({name}). Data: {data}, test picture {picture}"
        f"{', moved by hand' if handles or distractors is not None else ''}. "
        f"Seed {card.training.get('seed', 0)} of the training.",
        count=steps + 1, draw=draw, sources=(Source(name, trace, transform_options(model)),),
        shown=last, index=0, labels=labels,
        rate=RATE,
    )  # fmt: skip


@lru_cache(maxsize=1)
def tracer() -> StepTracer:
    """Traces steps; networks and images stay loaded."""
    return StepTracer(library())


def _outlines(arrays: dict[str, Any], index: int) -> tuple[Outline, ...]:
    if not len(arrays["lattices"]):
        return ()
    lattice = arrays["lattices"][index - 1] if index else arrays["start"]
    return (Outline(lattice, 0, str(index) if index else "start"),)


def _bytes(picture: Array) -> Array:
    """(H, W, 3) of a grey image (H, W), or as it is."""
    found: Array = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture
    return found
