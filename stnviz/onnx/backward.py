"""Gradients in graphs: autograd is recorded, and written with operators that ONNX has.

ONNX has no gradients. What autograd computes is a sequence of operators like any other; three of
them have no counterpart in ONNX and are written as what they are. They take the arguments of ATen's
operators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten


def recorded_with_gradients(
    function: Callable[..., dict[str, Tensor]], examples: Sequence[Tensor]
) -> nn.Module:
    """A module that computes what ``function`` does, autograd included.

    Args:
        function: of tensors; it calls :func:`torch.autograd.grad` on what it computes from them.
        examples: its arguments. The module takes others of the same shapes.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        given = [example.clone() for example in examples]
        return make_fx(function, decomposition_table=_DECOMPOSITIONS)(*given)


def _convolution_backward(
    gradient: Tensor, images: Tensor, weight: Tensor, bias_sizes: Any, stride: list[int],
    padding: list[int], dilation: list[int], transposed: bool, output_padding: Any, groups: int,
    wanted: list[bool],
) -> tuple[Tensor | None, None, None]:  # fmt: skip
    """The gradient with respect to the images; that of weights is never asked for."""
    if transposed or wanted[1] or wanted[2]:
        raise NotImplementedError("Only the gradient of images of a convolution is recorded.")
    height, width = images.shape[-2:]
    lost = [
        (side + 2 * pad - span * (kernel - 1) - 1) % step
        for side, pad, span, kernel, step in zip(
            (height, width), padding, dilation, weight.shape[-2:], stride, strict=True
        )
    ]
    return (
        F.conv_transpose2d(gradient, weight, None, stride, padding, lost, groups, dilation),
        None,
        None,
    )


def _max_pool_backward(
    gradient: Tensor, images: Tensor, kernel: list[int], stride: list[int], padding: list[int],
    dilation: list[int], ceil_mode: bool, indices: Tensor,
) -> Tensor:  # fmt: skip
    """Each gradient goes to the pixel that was the largest of its window."""
    _check_windows(kernel, stride, padding, ceil_mode=ceil_mode or max(dilation) > 1)
    height, width = images.shape[-2:]
    places = torch.arange(height * width).reshape(height, width)
    largest = _spread(indices, kernel, (height, width)) == places
    return torch.where(largest, _spread(gradient, kernel, (height, width)), 0.0)


def _average_pool_backward(
    gradient: Tensor, images: Tensor, kernel: list[int], stride: list[int], padding: list[int],
    ceil_mode: bool, count_include_pad: bool, divisor: int | None,
) -> Tensor:  # fmt: skip
    """Every pixel of a window gets its share."""
    _check_windows(kernel, stride, padding, ceil_mode=ceil_mode)
    share = gradient / (divisor or kernel[0] * kernel[1])
    return _spread(share, kernel, (images.shape[-2], images.shape[-1]))


def _check_windows(
    kernel: list[int], stride: list[int], padding: list[int], *, ceil_mode: bool
) -> None:
    if list(stride or kernel) != list(kernel) or any(padding) or ceil_mode:
        raise NotImplementedError("Only pooling by windows side by side is recorded.")


def _spread(values: Tensor, kernel: list[int], size: tuple[int, int]) -> Tensor:
    """The value of each window at all of its pixels; 0 where there is none, at the far edges."""
    down, across = kernel
    wide = values.repeat_interleave(down, 2).repeat_interleave(across, 3)
    return F.pad(wide, (0, size[1] - wide.shape[-1], 0, size[0] - wide.shape[-2]))


_DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {
    **core_aten_decompositions(),
    aten.convolution_backward.default: _convolution_backward,
    aten.max_pool2d_with_indices_backward.default: _max_pool_backward,
    aten.avg_pool2d_backward.default: _average_pool_backward,
}
