"""Random numbers for a batch of images, drawn independently for each image."""

from __future__ import annotations

import torch
from torch import Tensor


class Random:
    """Random tensors whose first dimension is the number of images, ``count``."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator, self.device = count, generator, generator.device

    def unit(self, *shape: int) -> Tensor:
        """Uniform in [0, 1)."""
        return torch.rand(self.count, *shape, generator=self.generator, device=self.device)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit(*shape)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal."""
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def below(self, limit: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to ``limit`` - 1."""
        return torch.randint(
            limit, (self.count, *shape), generator=self.generator, device=self.device
        )
