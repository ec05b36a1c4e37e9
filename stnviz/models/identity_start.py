"""Identity initialisation of a localisation network, or an error that says why it is impossible.

Jaderberg et al. 2015 (section 4.1) start at the identity. A layer with zero weights outputs its
bias for every input, so the last layer gets zero weights and the identity theta as its bias. In an
``nn.Sequential`` the order of its parts gives the last layer. In any other module it is assumed to
be the last registered linear layer with as many outputs as theta has parameters. The first
prediction shows whether that was right (:func:`begins_at_identity`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from stnviz.transforms import Transform

Head = nn.Linear | _ConvNd
"""Layers that output their bias if their weights are zero."""


def start_at_identity(localisation: nn.Module, transform: Transform, maps: int = 1) -> str:
    """Zero the weights of the last layer and set its bias to the transform's identity.

    Args:
        localisation: any module that ends in a linear layer, lazy or not, or in a convolution.
        transform: the family of theta.
        maps: how many thetas the last layer predicts, concatenated.

    Returns:
        The layer's name in ``localisation``; empty if ``localisation`` is the layer itself.

    Raises:
        ValueError: no layer can be set to the identity; the message says what to change.
    """
    numbers = maps * transform.size
    name, head, behind = find_head(localisation, numbers, transform.title)
    if head.bias is None:
        raise ValueError(
            "The localisation network's last linear layer needs a bias, which is where the "
            "identity is written: create it with bias=True."
        )
    plain = all(isinstance(p, nn.Parameter) for p in (head.weight, head.bias))
    if parametrize.is_parametrized(head) or not plain:
        raise ValueError(
            f"The weights of {_called(name, head)} are computed from others and cannot be zeroed: "
            "take the parametrization off the last layer."
        )
    # Not repeat or cat: on the meta device they import PyTorch's compiler, which takes a second.
    identity = transform.identity().expand(maps, -1).flatten()
    _check_behind(behind, identity, transform)
    if is_lazy(head.weight):
        head.register_forward_pre_hook(_BeginWhenKnown(identity), prepend=True)
    else:
        _say(head, identity)
    return name


def find_head(
    localisation: nn.Module, numbers: int, title: str = "Theta"
) -> tuple[str, Head, list[nn.Module]]:
    """Find the last layer with weights: its name, the layer, and the modules that follow it.

    Args:
        localisation: the localisation network of a transformer.
        numbers: how many outputs the layer must have.
        title: title of the transform, for the error message.

    Raises:
        ValueError: there is no such layer.
    """
    behind: list[nn.Module] = []
    for name, module in reversed(list(_in_order(localisation))):
        if _is_head(module):
            if _outputs(module) != numbers:
                raise ValueError(_wrong_length(module, numbers, title))
            return name, module, behind[::-1]
        if any(_is_head(part) for part in module.modules()):
            return *_registered_last(name, module, numbers, title), []
        if next(module.parameters(), None) is not None:
            raise ValueError(
                f"The localisation network ends in nn.{type(module).__name__}, whose weights "
                f"cannot be made to say the identity: end it with nn.Linear(features, {numbers})."
            )
        behind.append(module)
    raise ValueError(
        "The localisation network has no linear layer: end it with "
        f"nn.Linear(features, {numbers}) to predict theta."
    )


def begins_at_identity(
    localisation: nn.Module, name: str, theta: Tensor, transform: Transform
) -> bool:
    """Whether a network whose last layer outputs the identity predicts the identity, too.

    True, without a check, if the last layer is no longer all zeros with the identity as its bias:
    the network was then trained, loaded or set by hand.

    Args:
        localisation: the localisation network of a transformer.
        name: name of its last layer, as returned by :func:`start_at_identity`.
        theta: (B, P), the network's first prediction.
        transform: the family of theta.
    """
    head = localisation.get_submodule(name)
    assert _is_head(head)
    if head.bias is None or is_lazy(head.weight):
        return True
    with torch.no_grad():
        identity = transform.identity().to(theta)
        as_born = not head.weight.any() and torch.equal(head.bias.to(theta), identity)
        return not as_born or not theta.isfinite().all() or bool((theta == identity).all())


def what_acts_behind(localisation: nn.Module, name: str, title: str) -> str:
    """Error message for a network whose prediction differs from its last layer's output."""
    called = _called(name, localisation.get_submodule(name))
    return (
        f"{called} says the identity of {title}, but the localisation network says something "
        "else: let that layer speak last, without dropout or another function behind it, and "
        "register it after all others, or create the transformer with identity_start=False."
    )


def _in_order(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Named parts in the order in which they act, as far as that order is known."""
    known = isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward
    if not known:
        yield prefix.rstrip("."), module
        return
    for name, part in module.named_children():
        yield from _in_order(part, f"{prefix}{name}.")


def _is_head(module: nn.Module) -> TypeGuard[Head]:
    return isinstance(module, nn.Linear | _ConvNd)


def _outputs(head: Head) -> int:
    return head.out_features if isinstance(head, nn.Linear) else head.out_channels


def _registered_last(prefix: str, module: nn.Module, numbers: int, title: str) -> tuple[str, Head]:
    """The last registered layer with the right output size; linear layers go first."""
    layers = [(name, part) for name, part in module.named_modules() if _is_head(part)]
    linear = [(name, part) for name, part in layers if isinstance(part, nn.Linear)]
    fitting = [(name, part) for name, part in linear or layers if _outputs(part) == numbers]
    if not fitting:
        raise ValueError(_wrong_length((linear or layers)[-1][1], numbers, title))
    name, head = fitting[-1]
    return f"{prefix}.{name}".strip("."), head


def _wrong_length(head: Head, numbers: int, title: str) -> str:
    kind = "linear layer" if isinstance(head, nn.Linear) else "convolution"
    return (
        f"The localisation network ends in {_outputs(head)} numbers, but {title} needs "
        f"{numbers}: change its last {kind}."
    )


def _called(name: str, head: nn.Module) -> str:
    return f"The layer {name!r}" if name else f"The layer nn.{type(head).__name__}"


def _check_behind(behind: list[nn.Module], identity: Tensor, transform: Transform) -> None:
    """Refuse modules known to change the identity, or to have a zero gradient there."""
    random = [m for m in behind if isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0]
    if random:
        raise ValueError(
            f"nn.{type(random[0]).__name__} behind the last layer changes theta at random: put it "
            "before that layer."
        )
    if identity.is_meta:
        return
    for module in behind:
        known = type(module).__module__ == "torch.nn.modules.activation"
        if not known or isinstance(module, nn.Softmax2d | nn.RReLU | nn.GLU):
            continue
        with torch.inference_mode(False), torch.enable_grad():
            at = identity.clone()[None].requires_grad_()
            output = module(at)
            if torch.equal(output, at):
                (slope,) = torch.autograd.grad(output.sum(), at)
                if bool((slope != 0).all()):
                    continue
        raise ValueError(
            f"nn.{type(module).__name__} acts behind the last layer, and {transform.title} cannot "
            "begin at the identity and learn through it: end the localisation network with that "
            "layer, or create the transformer with identity_start=False."
        )


def _say(head: Head, identity: Tensor) -> None:
    """Make the layer output ``identity`` for every input."""
    assert head.bias is not None
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(identity)


class _BeginWhenKnown:
    """Forward pre-hook that sets a lazy layer to the identity on its first call.

    It then removes itself. Weights that were loaded before that call are not changed.
    """

    def __init__(self, identity: Tensor) -> None:
        self.identity = identity

    def __call__(self, head: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        for key, hook in list(head._forward_pre_hooks.items()):
            if hook is self:
                del head._forward_pre_hooks[key]
        assert isinstance(head, LazyModuleMixin)
        if head.has_uninitialized_params():
            head.initialize_parameters(*inputs)
            assert _is_head(head)
            _say(head, self.identity)
