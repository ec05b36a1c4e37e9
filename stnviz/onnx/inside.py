"""The answers of the Inside page as graphs, for digit networks: everything but the sampler.

The page lets its visitors choose kernel, padding and convention, and computes every pixel itself
(``stnviz/ui/inside/kernels.js``). So there are three graphs, and it samples between them:

- *look*: a clean digit and the distortion's values in; the image, theta and what led to it out.
- *grid*: theta in, the sampling grid out; and the grid's gradient in, theta's out.
- *read*: the sampler's output and a class in; probabilities, loss and the output's gradient out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from stnviz.analysis.inside.localisation import calls_in, shown_layers
from stnviz.checkpoints.card import Card
from stnviz.coordinates import Size, aspect_of, base_grid
from stnviz.data.distortions import DISTORTIONS
from stnviz.geometry.matrices import theta_to_opencv
from stnviz.models import Model
from stnviz.models.digits import DigitNetwork
from stnviz.models.inference import evaluation_mode
from stnviz.models.spatial_transformer import SpatialTransformer
from stnviz.onnx.backward import recorded_with_gradients
from stnviz.onnx.distorted import OnDistortedDigit
from stnviz.onnx.graph import Graph
from stnviz.onnx.names import GRID, LOOK, READ
from stnviz.onnx.network import card_entries, class_names, example_images
from stnviz.records.lattices import STAGE_LATTICE
from stnviz.transforms import Transform
from stnviz.transforms.thin_plate_spline import control_points


class Look(OnDistortedDigit):
    """Distorts a digit and predicts theta, with the layers of the localisation network."""

    def forward(self, digit: Tensor, values: Tensor, *overlay: Tensor) -> dict[str, Tensor]:
        """The ``image``, ``yours``, ``theta``, ``features`` of the last layer, ``layer0`` ..."""
        distorted = self.draw(digit, values, *overlay)
        transformer = transformer_of(self.model)
        with calls_in(transformer.localisation) as seen:
            theta = transformer.predict(distorted.images)
        found = {
            "image": distorted.images,
            "yours": distorted.clean.inverse_points(control_points(STAGE_LATTICE)[None]),
            "theta": theta,
            "features": seen[-1][1],
        }
        for k, layer in enumerate(shown_layers(seen)):
            found[f"layer{k}"] = layer.shown
        return found


def transformer_of(model: Model) -> SpatialTransformer:
    """The only transformer of a digit network.

    Raises:
        TypeError: it has none.
    """
    if not isinstance(model, DigitNetwork) or model.transformer is None:
        raise TypeError("Only digit networks with a spatial transformer have these graphs.")
    return model.transformer


def look_graph(model: Model, card: Card) -> Graph:
    """The graph *look*, for the distortion that the network was trained on."""
    module = Look(model, DISTORTIONS.get(card.data))
    inputs, ranges = module.examples()
    return Graph(module, inputs, ranges, about=_about(LOOK, card))


def grid_graph(model: Model, card: Card) -> Graph:
    """The graph *grid*: of theta, and backwards from ``pull``, the loss's gradient to the grid."""
    transformer = transformer_of(model)
    transform, into = transformer.transform, model.config.input_size
    out = _output_size(model)

    def answer(theta: Tensor, pull: Tensor) -> dict[str, Tensor]:
        with torch.enable_grad():
            theta = theta.detach().requires_grad_()
            grid = transform.grid(theta, out)
            (to_theta,) = torch.autograd.grad(grid, theta, pull)
        return {
            "grid": grid.detach(),
            "theta_gradient": to_theta,
            **_places(transform, theta.detach(), into, out),
        }

    inputs = {"theta": transform.identity()[None], "pull": torch.zeros(1, *out, 2)}
    ranges = {
        "theta": "(1, P) of the network's transform",
        "pull": "(1, height, width, 2) gradient of the loss with respect to the grid; may be 0",
    }
    module = recorded_with_gradients(answer, tuple(inputs.values()))
    return Graph(module, inputs, ranges, about=_about(GRID, card))


def _output_size(model: Model) -> Size:
    """(height, width) of the transformer's output."""
    assert isinstance(model, DigitNetwork)
    return model.config.sampled_size or model.config.input_size


def _places(transform: Transform, theta: Tensor, into: Size, out: Size) -> dict[str, Tensor]:
    """Where theta leads: lattice, pixels of the input pushed the wrong way, pose, matrix."""
    pose = transform.measure(theta, aspect_of(into))
    found = {
        "lattice": transform.points(theta, control_points(STAGE_LATTICE)[None]),
        "pushed": transform.points(theta, base_grid(into).flatten(0, 1)[None]),
        **{f"pose.{name}": number for name, number in pose.items()},
    }
    if transform.matrix(theta) is not None:
        matrix = theta_to_opencv(transform, theta, into, out, inverse_map=True)
        found["opencv"] = matrix.float()
    return found


def read_graph(model: Model, card: Card) -> Graph:
    """The graph *read*: the network behind its transformer, and the loss of one class."""
    assert isinstance(model, DigitNetwork)
    size = _output_size(model)
    frozen = {name: one.detach() for name, one in model.classifier.named_parameters()}

    def answer(output: Tensor, wanted: Tensor) -> dict[str, Tensor]:
        with torch.enable_grad():
            output = output.detach().requires_grad_()
            logits = functional_call(model.classifier, frozen, (model.pooled(output),))
            losses = -(logits.log_softmax(dim=-1) * wanted).sum(dim=-1)
            (to_output,) = torch.autograd.grad(losses.sum(), output)
        return {
            "probabilities": logits.detach().softmax(dim=-1),
            "loss": losses.detach(),
            "output_gradient": to_output,
        }

    classes = len(class_names(card))
    inputs = {
        "output": example_images(1, 1, size),
        "wanted": F.one_hot(torch.tensor([0]), classes).float(),
    }
    ranges = {
        "output": "(1, 1, height, width) of the transformer, grey levels in [0, 1]",
        "wanted": "(1, classes) 1 for the class whose loss is computed, else 0",
    }
    with evaluation_mode(model):
        module = recorded_with_gradients(answer, tuple(inputs.values()))
    return Graph(module, inputs, ranges, about=_about(READ, card))


def _about(kind: str, card: Card) -> dict[str, Any]:
    return {
        "kind": kind,
        "card": card_entries(card),
        "classes": class_names(card),
        "lattice": STAGE_LATTICE,
    }


INSIDE: Final[dict[str, Callable[[Model, Card], Graph]]] = {
    LOOK: look_graph,
    GRID: grid_graph,
    READ: read_graph,
}
"""The graphs of the Inside page by name."""
