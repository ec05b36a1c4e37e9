"""The normalisation that a network's pictures are given, and its inverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stnviz.cli.console import UsageError


@dataclass(frozen=True)
class Normalisation:
    """Pictures minus their mean, by their standard deviation, channel by channel.

    Args:
        mean: (C,), or (1,) for all channels.
        deviation: of the same length.
    """

    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)

    @classmethod
    def parse(cls, numbers: Sequence[float], channels: int) -> Normalisation:
        """The normalisation of ``--normalise``.

        Args:
            numbers: a mean and a deviation, or as many means and deviations as channels.
            channels: of the pictures.

        Raises:
            UsageError: these are not as many numbers, or a deviation is not positive.
        """
        if not numbers:
            return cls()
        half = len(numbers) // 2
        if len(numbers) not in (2, 2 * channels):
            raise UsageError(
                f"--normalise has {len(numbers)} numbers: give a mean and a standard deviation"
                + (f", or {channels} of each." if channels > 1 else ".")
            )
        if not all(number > 0 for number in numbers[half:]):
            raise UsageError("--normalise has a standard deviation that is not above 0.")
        return cls(tuple(numbers[:half]), tuple(numbers[half:]))

    def apply(self, images: Tensor) -> Tensor:
        """Normalise images (B, C, H, W) in [0, 1]."""
        return (images - self._channels(self.mean)) / self._channels(self.deviation)

    def undo(self, images: Tensor) -> Tensor:
        """The images in [0, 1] of normalised ones."""
        return images * self._channels(self.deviation) + self._channels(self.mean)

    @staticmethod
    def _channels(numbers: tuple[float, ...]) -> Tensor:
        return torch.tensor(numbers)[:, None, None]
