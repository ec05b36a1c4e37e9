"""The whole answer of the Play page as a graph: a clean digit and a distortion's values in."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from stnviz.checkpoints.card import Card
from stnviz.coordinates import aspect_of
from stnviz.data.distortions import Distortion
from stnviz.models import Model
from stnviz.onnx.distorted import OnDistortedDigit
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import card_entries, class_names
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.transforms.thin_plate_spline import control_points


class PlayAnswer(OnDistortedDigit):
    """Distorts a digit and runs a network on it, with all numbers that the stage draws.

    Args:
        model: a digit network.
        distortion: applied to the digit, on a canvas of the network's input size.
    """

    def __init__(self, model: Model, distortion: Distortion) -> None:
        super().__init__(model, distortion)
        self.transform = model.config.create_transform() if model.config.transform else None

    def forward(self, digit: Tensor, values: Tensor, *overlay: Tensor) -> dict[str, Tensor]:
        """The answer; the arguments are those of :meth:`draw`."""
        distorted = self.draw(digit, values, *overlay)
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
            pose = self.transform.measure(step.theta, aspect_of(self.model.config.input_size))
            found |= {"theta": step.theta, "output": step.output, "lattice": lattice}
            found["composed"] = distorted.clean.points(lattice)
            found |= {f"pose.{name}": number for name, number in pose.items()}
        return found


def play_graph(model: Model, card: Card, distortion: Distortion) -> Graph:
    """The graph that answers the Play page for one network and one distortion."""
    module = PlayAnswer(model, distortion)
    inputs, ranges = module.examples()
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
