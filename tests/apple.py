"""A device without float64, as an Apple GPU is one, on a machine that has none.

Its tensors say that they are on ``meta``, which autograd, modules and factories know; what they
hold is computed on the processor. What is float64 there is refused in the words of MPS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from stnviz.models import imagenet

APPLE = torch.device("meta")
Call = Callable[..., Any]

tensor_here = torch.tensor


def tensor(data: Any, *, device: Any = None, **options: Any) -> Tensor:
    """:func:`torch.tensor` asks no mode what to make."""
    made = tensor_here(data, **options)
    return made if device is None else made.to(device)


class AppleTensor(Tensor):
    """A tensor there; ``held`` is what it holds."""

    held: Tensor

    @staticmethod
    def __new__(cls: type[AppleTensor], held: Tensor) -> AppleTensor:
        made: AppleTensor = Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=APPLE,
        )  # fmt: skip
        made.held = held
        return made

    def new_tensor(self, data: Any, **options: Any) -> Tensor:
        """As :func:`torch.tensor` makes one there."""
        return tensor(data, **{"dtype": self.dtype, "device": APPLE, **options})

    def tolist(self) -> Any:
        """Nor do they say their numbers unasked."""
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(
        cls, function: Call, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return compute(function, args, kwargs or {})


class _Factories(TorchDispatchMode):
    """Makes there what is asked for there."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else it is imported, which takes seconds

    def __torch_dispatch__(
        self, function: Call, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return compute(function, args, kwargs or {})


def compute(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """What a call gives: there, if a tensor or the device asked for is; else on the processor."""
    there: list[Tensor] = []

    def bring(value: Any) -> Any:
        if isinstance(value, AppleTensor):
            there.append(value)
            return value.held
        return value

    inner, options = tree_map(bring, args), tree_map(bring, kwargs)
    asked = kwargs.get("device")
    stays = bool(there) if asked is None else torch.device(asked).type == APPLE.type
    if asked is not None:
        options["device"] = torch.device("cpu")
    found = function(*inner, **options)
    if not stays:
        return found
    if torch.Tag.inplace_view in function.tags:  # another shape for the tensor that was given
        with no_dispatch():
            function(*args, **kwargs)
    known = {id(value.held): value for value in there}

    def leave(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if value.dtype == torch.float64:
            raise TypeError(
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't "
                f"support float64. Please use float32 instead. ({function})"
            )
        return known[id(value)] if id(value) in known else AppleTensor(value)

    return tree_map(leave, found)


class _Generator(torch.Generator):
    """Draws on the processor, and says that it is there."""

    def __new__(cls, device: torch.device | str = "cpu") -> Self:
        made = super().__new__(cls, "cpu")
        made.where = torch.device(device)
        return made

    @property
    def device(self) -> torch.device:
        """Where it was asked for."""
        return self.where


@contextmanager
def apple() -> Iterator[torch.device]:
    """The device, for as long as the block runs."""
    with (
        patch.object(torch, "Generator", _Generator),
        patch.object(torch, "tensor", tensor),
        _Factories(),
    ):
        imagenet._outline.cache_clear()  # what was laid out elsewhere is not of this device
        yield APPLE
    imagenet._outline.cache_clear()
