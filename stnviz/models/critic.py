"""How real does a picture look? The critic of a Wasserstein GAN, and what its opinion costs.

After Gulrajani et al. 2017 (arXiv 1704.00028), as Lin et al. 2018 (arXiv 1803.01837) use it.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size, base_grid

PENALTY = 10.0
"""Lambda of the gradient penalty, as in both papers."""

CENTRE = 1e-3
"""Price of squared scores of real pictures: a critic's opinion has no zero of its own."""

LAST = 6
"""Convolutions go on until the picture is smaller than this."""


class Critic(nn.Module):
    """Strided convolutions that know where in the picture they are.

    Without coordinates the first layers could not tell a pair of glasses that is too low from
    one that is too high until late.

    Args:
        size: (height, width) of the pictures.
        width: filters of the first convolution.
    """

    def __init__(self, size: Size, width: int) -> None:
        super().__init__()
        self.layers = strided(5, size, width)
        self.answer = nn.Linear(features_of(self.layers, size), 1)

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, " b"]:
        """How real each picture looks; only differences mean something."""
        size = pictures.shape[-2], pictures.shape[-1]
        where = base_grid(size, device=pictures.device, dtype=pictures.dtype).permute(2, 0, 1)
        where = where.expand(len(pictures), -1, -1, -1)
        seen = self.layers(torch.cat([2 * pictures - 1, where], dim=1))
        scores: Tensor = self.answer(seen.flatten(1))[:, 0]
        return scores


def strided(channels: int, size: Size, width: int) -> nn.Sequential:
    """4x4 convolutions of stride 2 with ever more filters, up to four times as many."""
    layers: list[nn.Module] = []
    filters, side = width, min(size)
    while side >= LAST:
        layers += [nn.Conv2d(channels, filters, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        channels, filters, side = filters, min(2 * filters, 4 * width), side // 2
    return nn.Sequential(*layers)


def features_of(layers: nn.Sequential, size: Size) -> int:
    """How many numbers :func:`strided` layers make of a picture."""
    filters = cast(nn.Conv2d, layers[-2]).out_channels
    height, width = (side >> (len(layers) // 2) for side in size)
    return filters * height * width


def gradient_penalty(
    critic: Critic,
    real: Float[Tensor, "b 3 h w"],
    fake: Float[Tensor, "b 3 h w"],
    share: Float[Tensor, "b 1 1 1"],
) -> Tensor:
    """How far slopes between real and false pictures are from 1 (Gulrajani et al., eq. 3).

    Args:
        critic: whose slopes.
        real: pictures.
        fake: pictures.
        share: of the real one in each point between the two, in [0, 1].
    """
    between = torch.lerp(fake.detach(), real, share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


class _Against(torch.autograd.Function):
    """The same forwards; backwards the gradient turned round."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return -slope


def critic_loss(value: Tensor) -> Tensor:
    """The same, for somebody with the opposite aim (Ganin & Lempitsky 2015, arXiv 1409.7495).

    What a critic holds for false it makes small; who made it wants it large. Turned round in
    between, one backward pass moves both.
    """
    turned: Tensor = _Against.apply(value)
    return turned
