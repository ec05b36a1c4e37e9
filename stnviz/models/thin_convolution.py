"""A convolution of one grey channel with a fast gradient with respect to its input, on the CPU.

This gradient is a convolution with a single output channel, and CPU libraries are optimised for
many: for 9x9 filters on 28x28 pixels it takes four times as long as everything else together.
A plain CNN never needs it; behind a spatial transformer, theta is trained by it. Here it is
computed in two passes, first along the filters' columns, which gives one channel for each column,
then along their rows (`benchmarks/thin_convolution.py`).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.shapes import Float


class ThinConv2d(nn.Conv2d):
    """``nn.Conv2d(1, filters, side)``: no padding, stride 1."""

    def __init__(self, filters: int, side: int) -> None:
        super().__init__(1, filters, side)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b c h2 w2"]:
        """The same result as :class:`torch.nn.Conv2d`."""
        if images.device.type != "cpu" or not images.requires_grad:
            return super().forward(images)
        dtype = images.dtype
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
        assert self.bias is not None
        numbers = (part.to(dtype) for part in (images, self.weight, self.bias))
        filtered: Tensor = _ThinConvolution.apply(*numbers)
        return filtered


class _ThinConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(images, weight)
        with torch.autocast("cpu", enabled=False):
            return F.conv2d(images, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        images, weight = ctx.saved_tensors
        wanted = [False, *ctx.needs_input_grad[1:]]
        if not any(wanted):
            return to_picture(gradient, weight), None, None
        _, to_weight, to_bias = torch.ops.aten.convolution_backward(
            gradient, images, weight, [len(weight)],
            [1, 1], [0, 0], [1, 1], False, [0, 0], 1, wanted,
        )  # fmt: skip
        return to_picture(gradient, weight), to_weight, to_bias


def to_picture(
    gradient: Float[Tensor, "b c h2 w2"], weight: Float[Tensor, "c 1 k k"]
) -> Float[Tensor, "b 1 h w"]:
    """The gradient with respect to the image: ``F.conv_transpose2d(gradient, weight)``."""
    side = weight.shape[-1]
    columns = F.conv_transpose2d(gradient, weight[:, 0].mT[..., None])
    batch, _, height, width = columns.shape
    # The result of filter column j must be shifted right by j pixels. Concatenating rows of
    # width + side and splitting them into rows one element shorter shifts row j by j.
    padded = width + side - 1
    rows = F.pad(columns.transpose(1, 2), (0, side)).reshape(batch, height, side * (padded + 1))
    shifted = rows[..., : side * padded].view(batch, height, side, padded)
    return shifted.sum(dim=2)[:, None]
