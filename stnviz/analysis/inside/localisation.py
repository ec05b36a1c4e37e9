"""What a localisation network computes on the way to theta: its layers, and the last one's sums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stnviz.analysis.inside.opened import Opened
from stnviz.models import Model
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.shapes import Float

MOST_LAYERS = 6
"""Layers that are kept, spread over all."""

MOST_MAPS = 24
"""Feature maps of one layer that are shown."""

SHOWN = (nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.MaxPool2d, nn.ReLU)
"""Layers after which a picture of the maps says something: activations, and pooling."""

NAMES = {
    "AvgPool2d": "average pooling", "AdaptiveAvgPool2d": "average pooling",
    "MaxPool2d": "max pooling", "AdaptiveMaxPool2d": "max pooling",
    "Conv2d": "convolution", "ThinConv2d": "convolution", "Linear": "fully connected",
}  # fmt: skip

Call = tuple[nn.Module, Tensor, object]
"""A module that was called, its input, and what it returned: of a recurrent layer a tuple."""


@dataclass(frozen=True)
class Layer:
    """The output of one layer for one image.

    Args:
        name: what the layers up to here do, such as "convolution, max pooling, ReLU".
        values: (C, H, W) feature maps, or (K,) units.
    """

    name: str
    values: Float[Tensor, "*size"]

    @property
    def shown(self) -> Float[Tensor, "*few"]:
        """The first feature maps, or all units."""
        return self.values[:MOST_MAPS] if self.values.ndim == 3 else self.values


@dataclass(frozen=True)
class Localisation:
    """A localisation network on one image.

    Args:
        layers: some of its layers, in order.
        features: (K,) input of its last layer.
        weight: (P, K) of the last layer.
        bias: (P,) of the last layer.
        bounded: whether something acts behind the last layer: a bound on theta, or, in a network
            of several steps, the theta of the step before.
    """

    layers: tuple[Layer, ...]
    features: Float[Tensor, " k"]
    weight: Float[Tensor, "p k"]
    bias: Float[Tensor, " p"]
    bounded: bool

    @property
    def contributions(self) -> Float[Tensor, "p k"]:
        """What each unit adds to each number of theta; with the bias they sum to it."""
        return self.weight * self.features


def localise(opened: Opened) -> Localisation | None:
    """What the localisation network of an opened transformer computes.

    The model is called once more with hooks on it: nobody else may be using it.

    Returns:
        None if its theta is not predicted by a linear layer.
    """
    part = _localisation_of(opened.model, opened.step.lane, opened.step.tick)
    if part is None:
        return None
    with calls_in(part) as seen, torch.inference_mode():
        opened.model(opened.images)
    passes = _passes(seen)
    if not passes:
        return None
    place = [step is opened.step for step in opened.output.steps].index(True)
    calls = passes[min(place, len(passes) - 1)]
    head, given, _ = calls[-1]
    assert isinstance(head, ThetaHead)
    features, size = given[0], opened.transform.size
    first = place * size if head.out_features > size else 0  # one layer may predict all of them
    rows = slice(first, first + size)
    weight, bias = head.weight.detach()[rows], head.bias.detach()[rows]
    theta = weight @ features + bias
    bounded = not torch.allclose(theta, opened.step.theta[0], rtol=1e-3, atol=1e-4)
    layers = shown_layers(calls) or shown_layers(
        passes[0]
    )  # later steps of a recurrent one only add to it
    return Localisation(layers, features, weight, bias, bounded)


@contextmanager
def calls_in(part: nn.Module) -> Iterator[list[Call]]:
    """Note the calls of the layers of ``part`` while the block runs."""
    seen: list[Call] = []
    with ExitStack() as stack:
        for module in part.modules():
            if not any(module.children()):
                hook = module.register_forward_hook(
                    lambda module, args, output: seen.append((module, args[0], output))
                )
                stack.callback(hook.remove)
        yield seen


def _localisation_of(model: Model, lane: int, tick: int) -> nn.Module | None:
    for module in model.modules():
        if isinstance(module, SpatialTransformer) and (module.lane, module.tick) == (lane, tick):
            return module.localisation
    found = getattr(model, "localisation", None)
    return found if isinstance(found, nn.Module) else None


def _passes(seen: list[Call]) -> list[list[Call]]:
    """The calls of each pass through the network; what computes theta is the last of a pass."""
    ends = [place + 1 for place, call in enumerate(seen) if isinstance(call[0], ThetaHead)]
    return [seen[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def shown_layers(seen: list[Call]) -> tuple[Layer, ...]:
    """The layers that are shown; each is named for all that act since the one before."""
    names: list[str] = []
    found: list[Layer] = []
    for place, (module, _, output) in enumerate(seen[:-1]):
        kind = type(module).__name__
        if kind not in ("Flatten", "Dropout", "Identity", "BatchNorm1d", "BatchNorm2d"):
            names.append(NAMES.get(kind, kind))
        follower = seen[place + 1][0]
        ends = isinstance(module, SHOWN) and not isinstance(follower, SHOWN)
        if ends and isinstance(output, Tensor) and output.ndim in (2, 4):
            found.append(Layer(", ".join(names), output[0]))
            names = []
    if len(found) <= MOST_LAYERS:
        return tuple(found)
    few = torch.linspace(0, len(found) - 1, MOST_LAYERS).round().long().tolist()
    return tuple(found[place] for place in few)
