"""The real street numbers, SVHN (Netzer et al. 2011), from a folder that the user names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from stnviz.data.digits import data_folder
from stnviz.data.image_source import PROBED, TEST_SEED, Batch, ImageSource, mix_seed
from stnviz.data.numbers.svhn import Numbers, load_svhn
from stnviz.experiments.contract import EXPERIMENTS, Part
from stnviz.experiments.numbers import NumberExperiment
from stnviz.experiments.recipe import Recipe
from stnviz.models.output import Config

TEST_BATCH = 100
HELD_OUT = 20
"""Of the training numbers every so manieth is for validation."""


class StoredNumbers:
    """Crops of real numbers, each as it is.

    Args:
        numbers: the crops.
        device: where they go.
    """

    def __init__(self, numbers: Numbers, device: torch.device) -> None:
        self.device, self.source = device, numbers.source
        self.images = torch.from_numpy(numbers.images)
        self.labels = torch.from_numpy(numbers.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """Random crops; a function of (seed, step)."""
        generator = torch.Generator().manual_seed(mix_seed(seed, step))
        return self._take(torch.randint(len(self), (count,), generator=generator))

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Every crop once, in order; the seed changes nothing."""
        for which in torch.arange(len(self)).split(TEST_BATCH):
            yield self._take(which)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Crop number ``index``, alone."""
        return self._take(torch.tensor([index]))

    def _take(self, which: Tensor) -> Batch:
        images = self.images[which].to(self.device).permute(0, 3, 1, 2).float() / 255
        return images, self.labels[which].to(self.device)


@dataclass(frozen=True)
class StreetNumbers(NumberExperiment):
    """The real ones: SVHN's full numbers, from a folder ``svhn`` where data sets lie."""

    unused_hyperparameters: ClassVar[tuple[str, ...]] = (
        *NumberExperiment.unused_hyperparameters,
        "curriculum",
    )

    def open(
        self,
        part: Part,
        folder: Path | None,
        device: torch.device,
        recipe: Recipe | None = None,
        config: Config | None = None,
    ) -> tuple[ImageSource, str | None]:
        """Crops of ``svhn/train`` or ``svhn/test``; some of the former are for validation."""
        split = "test" if part in ("test", "shown") else "train"
        where = data_folder(folder) / "svhn" / split
        numbers = _load(where, self.input_size[0], self.loose)
        if split == "train":
            held = np.arange(len(numbers)) % HELD_OUT == 0
            if part == "probe":
                held &= held.cumsum() <= PROBED
            numbers = numbers.where(~held if part == "train" else held)
        return StoredNumbers(numbers, device), " ".join(numbers.notes) or None


@lru_cache(maxsize=2)
def _load(folder: Path, side: int, loose: bool) -> Numbers:
    """A split, which several parts of an experiment share."""
    return load_svhn(folder, side, loose=loose)


for _experiment in (
    StreetNumbers("svhn-64", (64, 64), loose=False),
    StreetNumbers("svhn-128", (128, 128), loose=True),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
