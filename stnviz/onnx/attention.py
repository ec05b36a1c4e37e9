"""The answers of the Attention page as graphs: one picture in, the windows on it and crops out."""

from __future__ import annotations

from torch import Tensor

from stnviz.analysis.windows import windows_on
from stnviz.checkpoints.card import Card
from stnviz.models import Model
from stnviz.onnx.graph import Graph
from stnviz.onnx.network import (
    WITHOUT_CLASSES,
    Recordable,
    card_entries,
    channels_of,
    class_names,
    example_images,
)
from stnviz.records.lattices import WINDOW_LATTICE
from stnviz.transforms.thin_plate_spline import control_points


class AttentionAnswer(Recordable):
    """Runs a network on one picture and draws the windows of its transformers on it.

    Outputs are ``probabilities`` where the network has classes; ``windows`` (ticks, lanes, L * L,
    2), the lattice of each window in the picture; for each tick ``tick0.crops`` (lanes, C, h, w);
    and for each step ``lane0.tick0.theta``.
    """

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        """The answer for a picture (1, C, H, W) in [0, 1]."""
        output = self.model(picture)
        found = {}
        if self.classes:
            found["probabilities"] = output.logits[0].softmax(dim=-1)
        if output.steps:
            xy = control_points(WINDOW_LATTICE)
            found["windows"], crops = windows_on(self.model, output, picture, xy)
            found |= {f"tick{tick}.crops": crop for tick, crop in enumerate(crops)}
            for step in output.steps:
                found[f"lane{step.lane}.tick{step.tick}.theta"] = step.theta
        return found


def attention_graph(model: Model, card: Card) -> Graph:
    """The graph that answers the Attention page for one network."""
    picture = example_images(1, channels_of(card), model.config.input_size)
    about = {
        "kind": "attention", "card": card_entries(card), "classes": class_names(card),
        "lattice": WINDOW_LATTICE,
    }  # fmt: skip
    return Graph(
        AttentionAnswer(model, classes=card.family not in WITHOUT_CLASSES),
        {"picture": picture},
        {"picture": "(1, channels, height, width) in [0, 1]"},
        about=about,
    )
