"""Image source of images held in memory as uint8: photographs, or images drawn beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from stnviz.data.image_source import TEST_SEED, Batch, mix_seed
from stnviz.shapes import Float, Int64, UInt8


class StoredImages:
    """An image source of fixed images; its test set does not depend on a seed.

    Args:
        images: uint8, channels last.
        labels: one for each image.
        source: where they come from, as text for cards and pages.
        device: device of the batches.
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
        """Batches of every image once, in order."""
        for which in torch.arange(len(self)).split(self.batch_size):
            yield self.take(which)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index``, as a batch of one."""
        return self.take(torch.tensor([index]))

    def take(self, which: Tensor) -> Batch:
        """The images with these indices, as network input, and their labels."""
        return as_input(self.images[which], self.device), self.labels[which].to(self.device)


def as_input(images: UInt8[Tensor, "n h w 3"], device: torch.device) -> Float[Tensor, "n 3 h w"]:
    """Convert uint8 images, channels last, to network input in [0, 1], channels first."""
    return images.to(device).permute(0, 3, 1, 2).float() / 255
