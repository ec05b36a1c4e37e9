"""A trained network as a graph: images in, predictions and the steps of its transformers out."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.checkpoints.card import Card
from stnviz.coordinates import Extent
from stnviz.data.numbers import NONE
from stnviz.models import Model
from stnviz.onnx.graph import Graph

WITHOUT_CLASSES = ("finder", "compositor")
"""Families whose logits are theta, in one form or another, and no scores of classes."""

BATCH = 2
"""Images in the example: with a single one, the exporter would fix the batch at one."""


COARSE = 6
"""Random numbers along each side of an example image."""


class Recordable(nn.Module):
    """A network to be recorded.

    Args:
        model: the network.
        classes: whether its logits are scores of classes.
    """

    def __init__(self, model: Model, *, classes: bool) -> None:
        super().__init__()
        self.model, self.classes = model, classes


class NamedNetwork(Recordable):
    """A network whose outputs have names.

    They are ``logits`` and ``probabilities`` where it has classes, and for each step of a
    transformer ``lane0.tick0.theta``, ``.grid`` and ``.output``; where the network predicts after
    every step, ``.logits`` of all but the last as well.
    """

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Outputs by name; the first axis of each is the batch."""
        output = self.model(images)
        found = {}
        if self.classes:
            found = {"logits": output.logits, "probabilities": output.logits.softmax(dim=-1)}
        for step in output.steps:
            name = f"lane{step.lane}.tick{step.tick}"
            found |= {f"{name}.theta": step.theta, f"{name}.grid": step.grid}
            found[f"{name}.output"] = step.output
        for step, logits in zip(output.steps[:-1], output.step_logits, strict=False):
            found[f"lane{step.lane}.tick{step.tick}.logits"] = logits
        return found


def network_graph(model: Model, card: Card) -> Graph:
    """The graph of a checkpoint's network; its batch may have any length."""
    images = example_images(BATCH, channels_of(card), input_extent(card))
    axes = ("depth", "height", "width")[-len(input_extent(card)) :]
    return Graph(
        NamedNetwork(model, classes=card.family not in WITHOUT_CLASSES),
        {"images": images},
        {"images": f"(batch, channels, {', '.join(axes)}), grey or colour levels in [0, 1]"},
        any_batch=True,
        about={"kind": "network", "card": card_entries(card), "classes": class_names(card)},
    )


def example_images(count: int, channels: int, size: Extent) -> Tensor:
    """Random smooth images: on noise from pixel to pixel, networks are far from what they know."""
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(count, channels, *[COARSE] * len(size), generator=random)
    mode = "bilinear" if len(size) == 2 else "trilinear"
    return F.interpolate(coarse, size, mode=mode, align_corners=False)


def input_extent(card: Card) -> Extent:
    """(height, width) of a network's images, or (depth, height, width) of its volumes."""
    depth = [card.model["depth"]] if card.family == "volumes" else []
    return *depth, *card.model["input_size"]


def card_entries(card: Card) -> dict[str, Any]:
    """The card as plain JSON values."""
    return dict(card.__dict__)


def channels_of(card: Card) -> int:
    """Channels of a network's images."""
    return {"addition": 2, "birds": 3, "numbers": 3, "compositor": 7}.get(card.family, 1)


def class_names(card: Card) -> list[str]:
    """The names of a network's classes in the order of its logits; empty if it has none."""
    if card.family in WITHOUT_CLASSES:
        return []
    if species := card.model.get("species"):
        return [str(name) for name in species]
    count = int(card.model.get("classes", 10))
    names = [str(number) for number in range(count)]
    if card.family == "numbers":
        names[NONE] = ""  # a place without a digit
    return names
