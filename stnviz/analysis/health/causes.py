"""Where a verdict comes from in the model: which layer, how many units, which bias.

Each cause is read off the layers that led to the grid; where nothing is found, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, pairwise

import torch
from torch import Tensor, nn

from stnviz.analysis.health.layers import Activation, GridPath, Layer

SATURATED = 1e-3
"""A tanh or sigmoid is saturated where it is this close to an end of its range,"""

MOSTLY = 0.95
"""and as a whole where this share of its values is."""

BIAS_ALONE = 0.2
"""Theta is the bias of its layer if it differs from it by less than this, relative to the bias."""

MOST_NUMBERS = 12
"""A bias with more numbers is not written out."""

Search = Callable[[GridPath], Iterator[str]]


def find_cause(name: str, path: GridPath) -> str:
    """The cause of a verdict in words; empty if none was found.

    Args:
        name: of the verdict.
        path: what led to the grid.
    """
    return next(chain.from_iterable(search(path) for search in SEARCHES.get(name, ())), "")


def _without_images(path: GridPath) -> Iterator[str]:
    """The grid is not computed from the images."""
    if path.from_images:
        return
    if path.parameters and not path.layers:
        named = " and ".join(path.parameters[:3])
        yield f"The grid is made from {named} alone; no layer looks at the images."
    else:
        yield "Nothing leads from the images to the grid."


def _information_lost(path: GridPath) -> Iterator[str]:
    """The first layer behind which all images look alike."""
    for index, layer in enumerate(path.between):
        if not layer.input_varies:
            yield from _between(path, path.between[index - 1] if index else None, layer)
            return
        if not layer.output_varies:
            yield _deaf(layer)
            return
    if path.between:
        yield from _saturated(path, path.between[-1])


def _between(path: GridPath, before: Layer | None, behind: Layer) -> Iterator[str]:
    """Between two layers all images become alike."""
    if before is None:
        yield f"The input of {behind.name} is the same for every image."
        return
    yield from _dead(path, before)
    yield from _saturated(path, before)
    yield f"Between {before.name} and {behind.name}, all images become the same."


def _dead(path: GridPath, layer: Layer) -> Iterator[str]:
    for activation in path.activations:
        if activation.kind == "ReLU" and activation.behind is layer and activation.values.ndim > 1:
            units = (activation.values == 0).transpose(0, 1).flatten(1).all(dim=1)
            if bool(units.all()):
                yield (
                    f"{layer.name}: {len(units)} of {len(units)} units are zero for every image, "
                    "behind its ReLU."
                )


def _saturated(path: GridPath, layer: Layer | None) -> Iterator[str]:
    """A tanh or sigmoid directly behind a layer is at the ends of its range."""
    for activation in path.activations:
        if activation.kind in ("tanh", "sigmoid") and activation.behind is layer:
            share = _saturation(activation)
            if share >= MOSTLY and layer is not None:
                yield (
                    f"{layer.name}: {share:.0%} of the values of the {activation.kind} behind it "
                    f"are saturated, within {SATURATED:g} of the ends of its range."
                )


def _saturation(activation: Activation) -> float:
    values = activation.values.abs() if activation.kind == "tanh" else activation.values
    high = values >= 1 - SATURATED
    low = values <= SATURATED if activation.kind == "sigmoid" else torch.zeros_like(high)
    return float((high | low).float().mean())


def _deaf(layer: Layer) -> str:
    """A layer says the same whatever it gets."""
    weight = getattr(layer.module, "weight", None)
    largest = float(weight.detach().abs().max()) if isinstance(weight, Tensor) else None
    if largest == 0:
        return f"{layer.name}: its weights are all zero, so that it says its bias{_bias(layer)}."
    if largest is None:
        return f"{layer.name} gives the same for every image."
    return (
        f"{layer.name} gives the same for every image: its largest weight is {largest:.2g}, and "
        f"its bias decides{_bias(layer)}."
    )


def _frozen(path: GridPath) -> Iterator[str]:
    """The parameters before the grid are not trained."""
    parameters = [p for layer in path.layers for p in layer.module.parameters(recurse=False)]
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        names = f"{path.layers[0].name} to {path.layers[-1].name}"
        yield f"All layers from {names} are frozen (requires_grad=False)."


def _gradient_is_zero(path: GridPath) -> Iterator[str]:
    """The layer before the grid kept a gradient, and it is zero."""
    weight = getattr(path.head.module, "weight", None) if path.head else None
    gradient = getattr(weight, "grad", None)
    if path.head and isinstance(gradient, Tensor) and not bool(gradient.any()):
        yield f"{path.head.name}: the gradient of its weights is zero."


def _head_saturated(path: GridPath) -> Iterator[str]:
    yield from _saturated(path, path.head)


def _bias_alone(path: GridPath) -> Iterator[str]:
    """Theta is, for every image, nearly the bias of its layer."""
    head = path.head
    bias = _bias_of(head.module) if head else None
    if head is None or head.output is None or bias is None or bias.numel() > MOST_NUMBERS:
        return
    if head.output.shape[1:] == bias.shape:
        off = (head.output - bias).norm(dim=1).median()
        if bool(off < BIAS_ALONE * bias.norm()):
            yield f"{head.name}: it is the bias of this layer that says so{_bias(head)}."


def _not_finite(path: GridPath) -> Iterator[str]:
    """A parameter, or else the first layer, that is not finite."""
    for layer in path.layers:
        for name, parameter in layer.module.named_parameters(recurse=False):
            bad = int((~parameter.detach().isfinite()).sum())
            if bad:
                count = f"{bad:,} of its {parameter.numel():,} numbers"
                yield f"{layer.name}.{name}: {count} are NaN or infinite."
    for layer in path.layers:
        if layer.input_finite and not layer.output_finite:
            yield f"{layer.name}: its input is finite and its output is not."
    for before, behind in pairwise(path.between):
        if before.output_finite and not behind.input_finite:
            yield f"Between {before.name} and {behind.name}, values become NaN or infinite."
    if path.layers and all(layer.output_finite for layer in path.layers):
        yield f"Behind {path.layers[-1].name}, values become NaN or infinite."


def _bias_of(module: nn.Module) -> Tensor | None:
    bias = getattr(module, "bias", None)
    return bias.detach() if isinstance(bias, Tensor) else None


def _bias(layer: Layer) -> str:
    """The numbers of a layer's bias, if they are few."""
    bias = _bias_of(layer.module)
    if bias is None or bias.numel() > MOST_NUMBERS:
        return ""
    numbers = ", ".join(f"{round(float(number), 4) + 0.0:.3g}" for number in bias)
    return f", ({numbers})"


STANDS_STILL: tuple[Search, ...] = (_without_images, _information_lost, _frozen)
MISPLACED: tuple[Search, ...] = (_head_saturated, _bias_alone)

SEARCHES: dict[str, tuple[Search, ...]] = {
    "not-finite": (_not_finite,),
    "identity": STANDS_STILL,
    "constant": STANDS_STILL,
    "fixed-crop": (_without_images,),
    "nearly-identity": (_frozen,),
    "zero-gradient": (_gradient_is_zero, _frozen, _head_saturated),
    "out-of-view": MISPLACED,
    "collapsed": MISPLACED,
    "zoomed-out": MISPLACED,
    "mirrored": MISPLACED,
    "theta-in-pixels": MISPLACED,
}
"""Where the cause of each verdict is looked for, in this order."""
