"""A convolution of one grey channel whose gradient to the picture is not slow.

The gradient with respect to a single input channel has one output channel, and libraries for
processors are built for many: for 9x9 filters on 28x28 pixels it takes four times as long as
everything else together. A plain CNN never asks for it; behind a spatial transformer it is
where theta learns from. Here it is taken in two passes, first along the filters' columns,
which leaves one channel for each of their columns, then along their rows
(`benchmarks/thin_convolution.py`).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ThinConv2d(nn.Conv2d):
    """``nn.Conv2d(1, filters, side)``: no padding, stride 1."""

    def __init__(self, filters: int, side: int) -> None:
        super().__init__(1, filters, side)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b c h2 w2"]:
        """The same numbers as :class:`torch.nn.Conv2d`."""
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
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        images, weight = ctx.saved_tensors
        wanted = [False, True, True]
        _, to_weight, to_bias = torch.ops.aten.convolution_backward(
            gradient, images, weight, [len(weight)],
            [1, 1], [0, 0], [1, 1], False, [0, 0], 1, wanted,
        )  # fmt: skip
        return to_picture(gradient, weight), to_weight, to_bias


def to_picture(
    gradient: Float[Tensor, "b c h2 w2"], weight: Float[Tensor, "c 1 k k"]
) -> Float[Tensor, "b 1 h w"]:
    """The gradient with respect to the picture: ``F.conv_transpose2d(gradient, weight)``."""
    side = weight.shape[-1]
    columns = F.conv_transpose2d(gradient, weight[:, 0].mT[..., None])
    batch, _, height, width = columns.shape
    # Column j of the filters belongs j pixels further right. Rows of width + side, laid end to
    # end and cut again into rows one shorter, are shifted by one more each.
    padded = width + side - 1
    rows = F.pad(columns.transpose(1, 2), (0, side)).reshape(batch, height, side * (padded + 1))
    shifted = rows[..., : side * padded].view(batch, height, side, padded)
    return shifted.sum(dim=2)[:, None]
