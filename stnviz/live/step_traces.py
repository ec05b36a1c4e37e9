"""Step traces on request: a test image as a visitor has edited it, and a network's steps on it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from stnviz.analysis.step_trace import StepTrace, trace_steps
from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.library import Library
from stnviz.data.arrangement import Arrangement, InvalidArrangement
from stnviz.data.catalogue import DATA_SETS
from stnviz.data.distortions import MAX_PATCHES
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.contract import Experiment
from stnviz.live.model_cache import ModelCache
from stnviz.live.protocol import BadRequest, StepTraceRequest, encode_answer, to_uint8
from stnviz.live.step_pictures import StepPictures
from stnviz.not_found import ResourceNotFound
from stnviz.records import Array
from stnviz.records.lattices import WINDOW_LATTICE

SHARP = 384
"""Height and width of output at a high resolution."""

PAGE = "steps"
"""Page of the data sets whose networks are traced."""


class StepTracer:
    """Computes step traces with the checkpoints of a library; networks and images stay loaded.

    Args:
        library: of checkpoints.
    """

    def __init__(self, library: Library) -> None:
        self.models = ModelCache(library, lambda card: DATA_SETS.get(card.data).page == PAGE)
        self.pictures = StepPictures()

    def answer(self, request: StepTraceRequest) -> bytes:
        """The step trace, encoded.

        Raises:
            BadRequest: there is no such network or image, or it cannot be arranged like this.
        """
        card = self.models.card(request.network)
        if card is None:
            raise BadRequest(
                "network", f"Choose a network among {self.models.known()}.", request.id
            )
        try:
            model, pictures = self.models.model(request.network), self.pictures.of(card.data)
        except (BadCheckpoint, ResourceNotFound) as error:
            raise BadRequest("network", str(error), request.id) from error
        edit = request.edit
        if edit.picture >= len(pictures):
            raise BadRequest(
                "edit.picture", f"There are {len(pictures):,} pictures: choose one.", request.id
            )
        handles = None if edit.handles is None else torch.tensor(edit.handles)
        try:
            arrangement = pictures.arrange(edit.picture, handles, edit.distractors)
        except InvalidArrangement as error:
            raise BadRequest("edit.handles", str(error), request.id) from error
        began = time.perf_counter()
        with torch.inference_mode():
            made = trace_steps(model, arrangement, WINDOW_LATTICE, SHARP if edit.sharp else None)
        head = {
            "count": len(pictures),
            "residual_warps": model.residual_warps, "composites": model.composites,
            "spent": round(1000 * (time.perf_counter() - began), 2),
        }  # fmt: skip
        return encode(request, EXPERIMENTS.get(card.data), made, arrangement, head)


def encode(
    request: StepTraceRequest,
    experiment: Experiment,
    made: StepTrace,
    arrangement: Arrangement,
    more: dict[str, Any],
) -> bytes:
    """A step trace as one message.

    Args:
        request: the request that it answers.
        experiment: puts the network's prediction into words.
        made: the step trace.
        arrangement: the image.
        more: further entries of the header.
    """
    each, whole = experiment.describe_prediction(made.output, arrangement.labels)
    head: dict[str, Any] = {
        "id": request.id, "picture": request.edit.picture, "lattice": WINDOW_LATTICE,
        "ticks": len(made), "distractors": arrangement.distractors, "max_distractors": MAX_PATCHES,
        "handle": arrangement.handle, "can_sharpen": arrangement.larger is not None,
        "predictions": [asdict(one) for one in each], "whole": asdict(whole),
        "poses": made.poses, "own_poses": made.own_poses,
        "moved": [round(float(far), 5) for far in made.moved], **more,
    }  # fmt: skip
    arrays: dict[str, Array] = {
        "picture": to_uint8(made.picture[None]),
        "handles": arrangement.handles.float().numpy(),
        "frames": arrangement.frames.float().numpy(),
        "start": made.start.astype(np.float32),
        "lattices": made.lattices.astype(np.float32),
        "own": made.own.astype(np.float32),
        "outputs": to_uint8(made.outputs),
    }
    if made.layers is not None:
        background, foreground = np.split(made.layers[None], [3], axis=1)
        arrays |= {"background": to_uint8(background), "foreground": to_uint8(foreground)}
    return encode_answer(head, arrays)
