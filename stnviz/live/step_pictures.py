"""The images of the Steps page, and what they are drawn from."""

from __future__ import annotations

import torch

from stnviz.data.arrangement import EditableSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.protocol import encode_answer
from stnviz.not_found import ResourceNotFound


class StepPictures:
    """Images that visitors can edit, by data set; they stay loaded."""

    def __init__(self) -> None:
        self._opened: dict[str, EditableSource] = {}

    def of(self, data: str) -> EditableSource:
        """The images that the networks of a data set are shown.

        Raises:
            ResourceNotFound: they are not on this machine; the message says where to get them.
        """
        if data not in self._opened:
            opened, _ = EXPERIMENTS.get(data).open("shown", None, torch.device("cpu"))
            assert isinstance(opened, EditableSource)
            self._opened[data] = opened
        return self._opened[data]

    def ingredients(self, data: str, index: int) -> bytes:
        """What a page that computes by itself needs of an image, encoded.

        The header has the labels, the number of distractors, and what is said where no image can
        be drawn; the arrays are the inputs of :func:`stnviz.onnx.steps.steps_graph`.

        Args:
            data: name of the data set.
            index: of the image.

        Raises:
            ResourceNotFound: there is no such image on this machine; the message says why.
        """
        pictures = self.of(data)
        if not 0 <= index < len(pictures):
            raise ResourceNotFound(f"There are {len(pictures):,} pictures: choose one.")
        arranged = pictures.arrange(index)
        head = {
            "count": len(pictures), "labels": arranged.labels.flatten().tolist(),
            "distractors": arranged.distractors, "refusal": pictures.refusal,
        }  # fmt: skip
        tensors = {**pictures.ingredients(index), "handles": arranged.handles[None]}
        return encode_answer(head, {name: one.float().numpy() for name, one in tensors.items()})
