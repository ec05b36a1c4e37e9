"""Answers on volumes: a digit turned in space, and what each network flattens out of it."""

from __future__ import annotations

from typing import Any

import torch

from stnviz.checkpoints.card import BadCheckpoint
from stnviz.checkpoints.library import Library
from stnviz.data.digits import gallery
from stnviz.data.distortions import TURNED
from stnviz.data.volumes import THICKNESS, extrude, turn_of
from stnviz.live.distorted_input import checked_values, clean_digit, outside_training
from stnviz.live.model_cache import ModelCache
from stnviz.live.protocol import BadRequest, VolumeRequest, encode_answer
from stnviz.models.volumes import ALL_AXES, VolumeNetwork, flatten
from stnviz.records import Array
from stnviz.shapes import Float


class VolumeEngine:
    """Answers requests on volumes with the checkpoints of a library; networks stay loaded.

    Args:
        library: of checkpoints.
    """

    def __init__(self, library: Library) -> None:
        self.models = ModelCache(library, lambda card: card.family == "volumes")

    def answer(self, request: VolumeRequest) -> bytes:
        """The turned digit, and for each network what it sees and reads.

        Arrays of the answer: ``digit`` (28, 28), ``rotation`` (3, 3), ``walls`` (3, 32, 32), the
        volume flattened along z, y and x; for each network ``k.seen`` (V, H, W), the pictures that
        its classifier gets, ``k.probabilities`` (10,) and, with a transformer, ``k.theta`` (12,).
        Pictures are bytes.

        Raises:
            BadRequest: there is no such network or angle.
        """
        values = checked_values(request.values, TURNED, "values", request.id)
        clean = clean_digit(request.source)
        rotation = turn_of(torch.tensor([list(values.values())]))
        volume = extrude(clean, rotation)
        walls = flatten(volume, THICKNESS, ALL_AXES)
        arrays: dict[str, Array] = {
            "digit": as_bytes(clean[0, 0]), "rotation": rotation[0].numpy(),
            "walls": as_bytes(walls[0]),
        }  # fmt: skip
        rows: list[dict[str, Any]] = []
        for number, name in enumerate(request.volumes):
            model = self._model(name, request.id)
            output = model(volume)
            row: dict[str, Any] = {"network": name}
            seen = volume
            for step in output.steps:
                seen = step.output
                assert model.transformer is not None
                row["pose"] = model.transformer.transform.pose(step.theta[0])
                arrays[f"{number}.theta"] = step.theta[0].numpy()
            arrays[f"{number}.seen"] = as_bytes(model.flattened(seen)[0])
            arrays[f"{number}.probabilities"] = output.logits[0].softmax(dim=-1).numpy()
            rows.append(row)
        outside = outside_training(values, TURNED, TURNED)
        digit = request.source.digit
        head = {
            "id": request.id, "values": values, "rows": rows, "outside": outside,
            "label": None if digit is None else int(gallery().labels[digit]),
        }  # fmt: skip
        return encode_answer(head, arrays)

    def _model(self, name: str, id: int) -> VolumeNetwork:
        if self.models.card(name) is None:
            raise BadRequest("volumes", f"Choose networks among {self.models.known()}.", id)
        try:
            model = self.models.model(name)
        except BadCheckpoint as error:
            raise BadRequest("volumes", str(error), id) from error
        assert isinstance(model, VolumeNetwork)
        return model


def as_bytes(pictures: Float[torch.Tensor, "*size"]) -> Array:
    """Pictures in [0, 1] as bytes; what a flattened edge has above 1 is white."""
    levels: Array = (255 * pictures).round().clamp(0, 255).to(torch.uint8).numpy()
    return levels
