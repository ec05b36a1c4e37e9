"""Training and test batches of digits, distorted on the device each time they are drawn."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stnviz.data.digits import Digits
from stnviz.data.distort import by_name, distort, draw_values
from stnviz.data.distortions import Distortion
from stnviz.data.elastic_augmentation import elastic_deform
from stnviz.data.image_source import TEST_SEED, Batch, SeededSource, mix_seed
from stnviz.shapes import Float

TEST_BATCH = 500

Render = Callable[[Distortion, Tensor, Tensor, torch.Generator], Tensor]
"""Makes images (B, 1, H, W), or volumes, of clean digits (B, 1, 28, 28) and values (B, P)."""


def distorted(
    distortion: Distortion,
    clean: Float[Tensor, "b 1 28 28"],
    values: Float[Tensor, "b p"],
    generator: torch.Generator,
) -> Float[Tensor, "b 1 h w"]:
    """The images of clean digits under these values."""
    return distort(distortion, clean, values, generator).images


class Batches(SeededSource):
    """An image source of distorted digits.

    A batch depends only on seed and step, so a resumed run sees the same batches.

    Args:
        digits: clean digits; stored on the device as uint8.
        distortion: the distortion to apply.
        device: device of the digits and of the batches.
        bend: standard deviation of the elastic deformation in :meth:`draw`, in pixels; 0 for none.
        render: makes the images of clean digits and parameter values.
    """

    batch_size = TEST_BATCH

    def __init__(
        self,
        digits: Digits,
        distortion: Distortion,
        device: torch.device,
        bend: float = 0.0,
        render: Render = distorted,
    ) -> None:
        self.distortion, self.device, self.bend = distortion, device, bend
        self.render = render
        self.source = digits.source
        self.images = torch.from_numpy(digits.images).to(device)[:, None]
        self.labels = torch.from_numpy(digits.labels).to(device).long()

    def __len__(self) -> int:
        return len(self.labels)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random digits, randomly distorted; a function of (seed, step)."""
        generator = torch.Generator(self.device).manual_seed(mix_seed(seed, step))
        which = torch.randint(len(self), (count,), generator=generator, device=self.device)
        return self._distort(which, generator, self.bend)

    def make_batch(self, number: int, seed: int) -> Batch:
        """Test batch ``number``: digits in order, each distorted once."""
        which = torch.arange(len(self))[number * TEST_BATCH :][:TEST_BATCH]
        return self._distort(which, torch.Generator().manual_seed(mix_seed(seed, number)))

    def values(self, seed: int = TEST_SEED) -> dict[str, Tensor]:
        """The distortion parameters of each digit in :meth:`once`: name to (N,) values."""
        generators = (
            (part, torch.Generator().manual_seed(mix_seed(seed, number)))
            for number, part in enumerate(torch.arange(len(self)).split(TEST_BATCH))
        )
        drawn = [
            draw_values(self.distortion, len(part), generator) for part, generator in generators
        ]
        return by_name(self.distortion, torch.cat(drawn))

    def _distort(self, which: Tensor, generator: torch.Generator, sigma: float = 0.0) -> Batch:
        on = generator.device
        clean = self.images[which.to(self.device)].to(on).float() / 255
        if sigma:
            clean = elastic_deform(clean, sigma, generator)
        values = draw_values(self.distortion, len(which), generator)
        images = self.render(self.distortion, clean, values, generator)
        return images.to(self.device), self.labels[which.to(self.device)]
