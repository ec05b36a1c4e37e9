"""The critic of a Wasserstein GAN, its gradient penalty, and a gradient reversal function.

After Gulrajani et al. 2017 (arXiv 1704.00028), as Lin et al. 2018 (arXiv 1803.01837) use it.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from stnviz.coordinates import Size, base_grid
from stnviz.shapes import Float

PENALTY = 10.0
"""Lambda of the gradient penalty, as in both papers."""

CENTRE = 1e-3
"""Loss weight of squared scores of real images: keeps scores near 0, as only differences count."""

LAST = 6
"""Convolutions are added until the feature map's side is smaller than this."""


class Critic(nn.Module):
    """Strided convolutions with pixel coordinates as two further input channels.

    Without coordinates the first layers cannot tell glasses that are too low from glasses that are
    too high.

    Args:
        size: (height, width) of the images.
        width: filters of the first convolution.
    """

    def __init__(self, size: Size, width: int) -> None:
        super().__init__()
        self.layers = strided(5, size, width)
        self.answer = nn.Linear(features_of(self.layers, size), 1)

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, " b"]:
        """Score of how real each image looks; only differences of scores are meaningful."""
        size = pictures.shape[-2], pictures.shape[-1]
        where = base_grid(size, device=pictures.device, dtype=pictures.dtype).permute(2, 0, 1)
        where = where.expand(len(pictures), -1, -1, -1)
        seen = self.layers(torch.cat([2 * pictures - 1, where], dim=1))
        scores: Tensor = self.answer(seen.flatten(1))[:, 0]
        return scores


def strided(channels: int, size: Size, width: int) -> nn.Sequential:
    """4x4 convolutions of stride 2; the filters double up to four times ``width``."""
    layers: list[nn.Module] = []
    filters, side = width, min(size)
    while side >= LAST:
        layers += [nn.Conv2d(channels, filters, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        channels, filters, side = filters, min(2 * filters, 4 * width), side // 2
    return nn.Sequential(*layers)


def features_of(layers: nn.Sequential, size: Size) -> int:
    """Number of features that :func:`strided` layers compute from an image of ``size``."""
    filters = cast(nn.Conv2d, layers[-2]).out_channels
    height, width = (side >> (len(layers) // 2) for side in size)
    return filters * height * width


def gradient_penalty(
    critic: Critic,
    real: Float[Tensor, "b 3 h w"],
    fake: Float[Tensor, "b 3 h w"],
    share: Float[Tensor, "b 1 1 1"],
) -> Tensor:
    """Gradient penalty at points between real and false images (Gulrajani et al., eq. 3).

    Args:
        critic: whose gradient norms should be 1.
        real: real images.
        fake: false images.
        share: weight of the real image in each interpolation, in [0, 1].
    """
    between = torch.lerp(fake.detach(), real, share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


class _Against(torch.autograd.Function):
    """Identity in the forward pass; negates the gradient in the backward pass."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return -slope


def critic_loss(value: Tensor) -> Tensor:
    """Gradient reversal (Ganin & Lempitsky 2015, arXiv 1409.7495).

    The critic minimises the score of false images; the generator maximises it. With the gradient
    reversed between them, one backward pass trains both.
    """
    turned: Tensor = _Against.apply(value)
    return turned
