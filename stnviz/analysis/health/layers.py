"""Which layers made a grid: one forward pass, and the graph that autograd keeps of it.

The graph says what led to a grid however the network is written: with modules or functions, with a
tanh behind the last layer, or with theta put together from its parts. "The last linear layer" is
only the last one that was registered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.health.answers import answers
from stnviz.analysis.health.rerun import Rerun, SamplerCalls, in_fixed_conditions

MOST_IMAGES = 32
"""Images of the pass: the graph of a large network takes much memory."""

MOST_NODES = 100_000

VARIES = 1e-5
"""Values vary between images if they differ by more than this, relative to the largest."""

MOST_OUTPUTS = 1024
"""The output of a layer is kept if it has at most this many numbers for each image."""

Node = Any
"""A node of autograd's graph."""

ACTIVATIONS = {
    "ReluBackward0": "ReLU", "TanhBackward0": "tanh", "SigmoidBackward0": "sigmoid",
}  # fmt: skip
"""Nodes that keep their result, by name."""


@dataclass(eq=False)
class Layer:
    """One call of a module with parameters of its own.

    Args:
        name: dotted path of the module.
        module: the module.
        order: number of the call.
        input_varies: whether its input differs between images.
        output_varies: whether its output does.
        input_finite: whether all values of its input are finite.
        output_finite: whether all values of its output are.
        output: (B, ...) its output, if it is small.
    """

    name: str
    module: nn.Module
    order: int
    input_varies: bool
    output_varies: bool
    input_finite: bool
    output_finite: bool
    output: Tensor | None


@dataclass(frozen=True)
class Activation:
    """The result of a ReLU, tanh or sigmoid.

    Args:
        kind: ReLU, tanh or sigmoid.
        behind: the nearest layer before it; None if there is none.
        values: (B, units, ...) its result.
    """

    kind: str
    behind: Layer | None
    values: Tensor


@dataclass(frozen=True)
class GridPath:
    """All that led to one grid.

    Args:
        layers: in the order of their calls.
        activations: from the grid backward.
        parameters: names of the parameters that it depends on.
        from_images: whether the images are among what led to it.
        between: layers that lie between the images and the grid, in the order of their calls.
        head: the layer nearest to the grid; None if there is none.
        is_used: whether the model's answer depends on what is sampled at it.
    """

    layers: tuple[Layer, ...]
    activations: tuple[Activation, ...]
    parameters: tuple[str, ...]
    from_images: bool
    between: tuple[Layer, ...]
    head: Layer | None
    is_used: bool


@dataclass(eq=False)
class _Watch:
    """Hooks that note every call of a layer, and the node of its output."""

    count: int
    layers: dict[Node, Layer] = field(default_factory=dict)

    def hook(self, name: str, module: nn.Module, given: Any, output: Any) -> None:
        tensors, inputs = list(_tensors(output)), list(_tensors(given))
        layer = Layer(
            name, module, len(self.layers),
            any(self._varies(tensor) for tensor in inputs),
            any(self._varies(tensor) for tensor in tensors),
            all(bool(tensor.isfinite().all()) for tensor in inputs),
            all(bool(tensor.isfinite().all()) for tensor in tensors),
            self._small(tensors),
        )  # fmt: skip
        for tensor in tensors:
            if tensor.grad_fn is not None:
                self.layers.setdefault(tensor.grad_fn, layer)  # the innermost module is first

    def _varies(self, tensor: Tensor) -> bool:
        if not tensor.numel() or len(tensor) % self.count or self.count < 2:
            return True
        values = tensor.detach().float().unflatten(0, (self.count, -1))
        return bool((values - values[:1]).abs().max() > VARIES * values.abs().max())

    def _small(self, tensors: list[Tensor]) -> Tensor | None:
        first = tensors[0] if tensors else None
        if first is None or first.numel() > MOST_OUTPUTS * self.count:
            return None
        return first.detach().clone()


def path_of_grid(rerun: Rerun, call: int) -> GridPath | None:
    """What led to the grids of one call; None if autograd was told not to look.

    Args:
        rerun: the model and its images.
        call: number of the call.
    """
    model = rerun.model
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        leaf = rerun.images[:MOST_IMAGES].detach().clone().requires_grad_()
        watch, calls = _Watch(len(leaf)), SamplerCalls()
        for name, module in model.named_modules():
            scripted = isinstance(module, torch.jit.ScriptModule)
            if not scripted and next(module.parameters(recurse=False), None) is not None:
                handle = module.register_forward_hook(
                    lambda module, given, output, name=name: watch.hook(name, module, given, output)
                )
                stack.callback(handle.remove)
        stack.enter_context(in_fixed_conditions(model))
        with torch.enable_grad(), calls:
            answer = answers(model, leaf.clone())
    if call >= len(calls.grids) or calls.grids[call].grad_fn is None:
        return None
    grid = calls.grids[call].grad_fn
    nodes = _ancestors(grid)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    leaves = {id(node.variable) for node in nodes if hasattr(node, "variable")}
    layers = {watch.layers[node]: None for node in nodes if node in watch.layers}
    below = _descendants(nodes, (node for node in nodes if getattr(node, "variable", 0) is leaf))
    between = {watch.layers[node] for node in below if node in watch.layers}
    return GridPath(
        tuple(sorted(layers, key=lambda layer: layer.order)),
        tuple(_activations(nodes, watch.layers)),
        tuple(name for key, name in names.items() if key in leaves),
        id(leaf) in leaves,
        tuple(sorted(between, key=lambda layer: layer.order)),
        next(iter(layers), None),
        any(_samples_at(node, grid) for node in _ancestors(answer.grad_fn)),
    )


def _tensors(values: Any) -> Iterator[Tensor]:
    """Tensors of numbers in a module's arguments or output."""
    for value in values if isinstance(values, list | tuple) else (values,):
        if isinstance(value, Tensor) and value.is_floating_point() and value.ndim:
            yield value


def _ancestors(start: Node | None) -> list[Node]:
    """A node and all that led to it, the nearest first."""
    found = {} if start is None else {start: None}
    waiting = deque(found)
    while waiting and len(found) < MOST_NODES:
        for node, _ in waiting.popleft().next_functions:
            if node is not None and node not in found:
                found[node] = None
                waiting.append(node)
    return list(found)


def _descendants(nodes: Iterable[Node], starts: Iterable[Node]) -> set[Node]:
    """Those of ``nodes`` that ``starts`` led to."""
    children: dict[Node, list[Node]] = {}
    for node in nodes:
        for parent, _ in node.next_functions:
            children.setdefault(parent, []).append(node)
    found, waiting = set(), list(starts)
    while waiting:
        if (node := waiting.pop()) not in found:
            found.add(node)
            waiting += children.get(node, [])
    return found


def _activations(nodes: Iterable[Node], layers: dict[Node, Layer]) -> Iterator[Activation]:
    for node in nodes:
        kind = ACTIVATIONS.get(node.name())
        if kind is None:
            continue
        try:
            values = node._saved_result.detach()
        except (AttributeError, RuntimeError):  # it was overwritten in place
            continue
        behind = next((layers[one] for one in _ancestors(node) if one in layers), None)
        yield Activation(kind, behind, values)


def _samples_at(node: Node, grid: Node) -> bool:
    is_sampler = "GridSampler" in node.name()
    return is_sampler and any(one is grid for one, _ in node.next_functions)
