"""Images that are held in memory as bytes: photographs, or pictures drawn beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from stnviz.data.image_source import TEST_SEED, Batch, mix_seed


class StoredImages:
    """An image source of images that are as they are; no seed changes its test set.

    Args:
        images: with colours last.
        labels: one of each.
        source: one sentence on where they come from.
        device: where they go.
    """

    batch_size: ClassVar[int] = 40

    def __init__(
        self,
        images: UInt8[np.ndarray, "n h w 3"],
        labels: Int64[np.ndarray, "n ..."],
        source: str,
        device: torch.device,
    ) -> None:
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)
        self.source, self.device = source, device

    def __len__(self) -> int:
        return len(self.labels)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random images; a function of (seed, step)."""
        generator = torch.Generator().manual_seed(mix_seed(seed, step))
        return self.take(torch.randint(len(self), (count,), generator=generator))

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Every image once, in order."""
        for which in torch.arange(len(self)).split(self.batch_size):
            yield self.take(which)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index``, alone."""
        return self.take(torch.tensor([index]))

    def take(self, which: Tensor) -> Batch:
        """The images of these numbers, as networks take them."""
        return as_input(self.images[which], self.device), self.labels[which].to(self.device)


def as_input(images: UInt8[Tensor, "n h w 3"], device: torch.device) -> Float[Tensor, "n 3 h w"]:
    """Stored images as networks take them."""
    return images.to(device).permute(0, 3, 1, 2).float() / 255
