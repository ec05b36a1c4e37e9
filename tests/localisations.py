"""Localisation networks whose last layer is where one looks for it, and others."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

PIXELS, WIDE = 2 * 12 * 16, 8


def image(batch: int = 3) -> Tensor:
    return torch.rand(batch, 2, 12, 16)


def dense(numbers: int, *behind: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(PIXELS, WIDE), nn.ReLU(), nn.Linear(WIDE, numbers), *behind
    )


class HeadFirst(nn.Module):
    """The layer that speaks last is registered before those that feed it."""

    def __init__(self, numbers: int, features: int = WIDE) -> None:
        super().__init__()
        self.head = nn.Linear(features, numbers)
        self.feed = nn.Linear(PIXELS, features)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.feed(images.flatten(1)).relu())


class Ordered(nn.Sequential):
    """A Sequential under another name, such as torchvision's MLP."""


class Behind(nn.Module):
    """A function acts behind the last layer, where no list of layers shows it."""

    def __init__(self, function: Callable[[Tensor], Tensor], numbers: int = 6) -> None:
        super().__init__()
        self.function, self.layers = function, dense(numbers)

    def forward(self, images: Tensor) -> Tensor:
        return self.function(self.layers(images))


def convolutional(*behind: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 6, 3), *behind)
