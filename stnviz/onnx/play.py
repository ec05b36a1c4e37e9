"""The whole answer of the Play page as a graph: a clean digit and a distortion's values in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.checkpoints.card import Card
from stnviz.coordinates import aspect_of
from stnviz.data.clutter import Pieces
from stnviz.data.digits import DIGIT
from stnviz.data.distort import Overlay, distort_under, neutral_values
from stnviz.data.distortions import MAX_PATCHES, PATCH, Distortion
from stnviz.models import Model
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import card_entries, class_names, example_images
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.transforms.thin_plate_spline import control_points

PIECES = {
    "pieces": f"(1, {MAX_PATCHES}, side, side) pieces of other digits, in [0, 1]",
    "places": f"(1, {MAX_PATCHES}, 2) column and row of each piece's top left pixel",
}
GRAIN = {"grain": "(1, 1, height, width) standard normal noise"}


class PlayAnswer(nn.Module):
    """Distorts a digit and runs a network on it, with all numbers that the stage draws.

    Args:
        model: a digit network.
        distortion: applied to the digit, on a canvas of the network's input size.
    """

    def __init__(self, model: Model, distortion: Distortion) -> None:
        super().__init__()
        self.model, self.distortion = model, distortion
        names = [parameter.name for parameter in distortion.parameters]
        self.has_clutter, self.has_noise = "clutter" in names, "noise" in names
        self.transform = model.config.create_transform() if model.config.transform else None

    def forward(self, digit: Tensor, values: Tensor, *overlay: Tensor) -> dict[str, Tensor]:
        """The answer.

        Args:
            digit: (1, 1, 28, 28) in [0, 1].
            values: (1, P) of the distortion, in the order of its parameters.
            overlay: pieces and places where the distortion has clutter, then grain where it has
                noise.
        """
        drawn = list(overlay)
        pieces = Pieces(drawn.pop(0), drawn.pop(0).long()) if self.has_clutter else None
        grain = drawn.pop(0) if self.has_noise else None
        size = self.model.config.input_size
        laid = Overlay(pieces, grain)
        distorted = distort_under(self.distortion, digit, values, laid, size[0])
        output = self.model(distorted.images)
        xy = control_points(STAGE_LATTICE)[None]
        found = {
            "input": distorted.images,
            "yours": distorted.clean.inverse_points(xy),
            "probabilities": output.logits.softmax(dim=-1),
        }
        if self.transform is not None:
            (step,) = output.steps
            lattice = self.transform.points(step.theta, xy)
            pose = self.transform.measure(step.theta, aspect_of(size))
            found |= {"theta": step.theta, "output": step.output, "lattice": lattice}
            found["composed"] = distorted.clean.points(lattice)
            found |= {f"pose.{name}": number for name, number in pose.items()}
        return found


def play_graph(model: Model, card: Card, distortion: Distortion) -> Graph:
    """The graph that answers the Play page for one network and one distortion."""
    module = PlayAnswer(model, distortion)
    inputs, ranges = _inputs(module)
    parameters = [
        {"name": p.name, "default": p.default, "low": p.low, "high": p.high, "unit": p.unit}
        for p in distortion.parameters
    ]
    about: dict[str, Any] = {
        "kind": "play", "card": card_entries(card), "classes": class_names(card),
        "distortion": {"name": distortion.name, "parameters": parameters},
        "lattice": STAGE_LATTICE,
    }  # fmt: skip
    return Graph(module, inputs, ranges, about=about)


def _inputs(module: PlayAnswer) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    generator = torch.Generator().manual_seed(0)
    height, width = module.model.config.input_size
    inputs = {
        "digit": example_images(1, 1, (DIGIT, DIGIT)),
        "values": neutral_values(module.distortion),
    }
    ranges = {
        "digit": f"(1, 1, {DIGIT}, {DIGIT}) the clean digit, grey levels in [0, 1]",
        "values": "(1, values) of the distortion, in the order of its parameters",
    }
    if module.has_clutter:
        inputs |= example_pieces(generator, PATCH, min(height, width))
        ranges |= PIECES
    if module.has_noise:
        inputs["grain"] = torch.randn(1, 1, height, width, generator=generator)
        ranges |= GRAIN
    return inputs, ranges


def example_pieces(generator: torch.Generator, patch: int, side: int) -> dict[str, Tensor]:
    """Random pieces of noise and their places on a canvas."""
    places = torch.randint(side - patch + 1, (1, MAX_PATCHES, 2), generator=generator)
    return {
        "pieces": torch.rand(1, MAX_PATCHES, patch, patch, generator=generator),
        "places": places.float(),
    }
