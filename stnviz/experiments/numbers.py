"""Experiments on drawn house numbers, as in Jaderberg et al. 2015, section 4.2.

Crops are tight at 64 and loose at 128 pixels. A prediction is a whole number and wrong if any
digit is. Widths are small enough to train on two CPU cores; ``--network width=48 dense=3072``
sets those of the paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch

from stnviz.analysis.assignment import explained_variance
from stnviz.analysis.windows import windows_per_tick
from stnviz.coordinates import Size
from stnviz.data.image_source import PROBED, TEST_SEED, Batch, ImageSource, SeededSource, mix_seed
from stnviz.data.numbers.crops import Crops, draw_crops
from stnviz.experiments.contract import EXPERIMENTS, ImageRequest, Part
from stnviz.experiments.multi_place import MultiPlaceExperiment
from stnviz.models import Model
from stnviz.models.inference import evaluation_mode
from stnviz.models.numbers import NumberConfig

WIDTH, UNITS = 8, 192
COUNTS: dict[Part, int] = {
    "validation": 500,
    "probe": PROBED,
    "test": 5_000,
    "train": 0,
    "shown": 1_000,
}
TEST_BATCH = 10
FOLLOWED = 500
"""Number of test crops on which it is measured whether windows follow the number."""

_PARTS: dict[Part, int] = {"train": 0, "validation": 1, "probe": 2, "test": 3, "shown": 4}


class DrawnNumbers(SeededSource):
    """House numbers: new ones for each training step; a test set is drawn from its seed.

    Args:
        part: the part; each has its own seeds.
        side: height and width of a crop in pixels.
        loose: whether the number is small, somewhere in the crop.
        device: device of the batches.
        ramp: curriculum: steps over which the numbers in loose crops shrink from the size in tight
            crops; 0 for small ones from the first step.
    """

    batch_size = TEST_BATCH

    def __init__(
        self, part: Part, side: int, loose: bool, device: torch.device, ramp: float = 0.0
    ) -> None:
        self.part, self.side, self.loose, self.device = part, side, loose, device
        self.ramp = ramp
        self._latest: tuple[tuple[int, int], Batch] | None = None
        kind = "loose" if loose else "tight"
        self.source = f"{COUNTS[part]:,} drawn house numbers, {kind} crops"
        if part == "train":
            self.source = f"house numbers drawn anew for each step, {kind} crops"

    def __len__(self) -> int:
        return COUNTS[self.part]

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` crops; a function of (seed, step)."""
        share = step / self.ramp if step < self.ramp else 1.0
        crops = self._draw(count, mix_seed(seed, step), self.device, share)
        return crops.images, crops.labels

    def make_batch(self, number: int, seed: int) -> Batch:
        """Test batch ``number``; the latest one is cached for pages that step through it."""
        wanted, latest = (number, seed), self._latest
        if latest is None or latest[0] != wanted:
            crops = self._crops(number, seed)
            latest = wanted, (crops.images.to(self.device), crops.labels.to(self.device))
            self._latest = latest
        return latest[1]

    def placed(self, count: int, seed: int = TEST_SEED) -> Iterator[Crops]:
        """The first crops of :meth:`once`, at least ``count``, with their numbers' corners."""
        for number in range(math.ceil(count / TEST_BATCH)):
            yield self._crops(number, seed)

    def _crops(self, number: int, seed: int) -> Crops:
        count = min(TEST_BATCH, len(self) - number * TEST_BATCH)
        return self._draw(count, mix_seed(seed + _PARTS[self.part], number), torch.device("cpu"))

    def _draw(self, count: int, seed: int, device: torch.device, share: float = 1.0) -> Crops:
        generator = torch.Generator(device).manual_seed(seed)
        return draw_crops(count, self.side, generator, loose=share * self.loose)


@dataclass(frozen=True)
class NumberExperiment(MultiPlaceExperiment):
    """A house number experiment: a plain CNN, and CNNs with one or four transformers.

    Args:
        data: name of the data set.
        input_size: (height, width) of its crops.
        loose: whether the number is small, somewhere in the crop.
    """

    family = "numbers"
    source = "Jaderberg et al. 2015, section 4.2"
    models = NumberConfig.names
    unused_hyperparameters: ClassVar[tuple[str, ...]] = (
        "elastic_augmentation",
        "consistency_weight",
    )

    data: str
    input_size: Size
    loose: bool

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> NumberConfig:
        """Config of the network ``model``, at a sixth of the paper's width."""
        return NumberConfig(model, self.input_size, WIDTH, UNITS, transform=transform)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Drawn crops; no files are needed."""
        recipe, side = request.recipe, self.input_size[0]
        ramp = recipe.curriculum * recipe.steps if recipe else 0.0
        return DrawnNumbers(request.part, side, self.loose, request.device, ramp), None

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """Share of the variance of the number's position that the window explains, by step."""
        if not isinstance(pictures, DrawnNumbers) or model.perturbable is None:
            return {}
        windows, numbers = [], []
        with evaluation_mode(model):
            for crops in pictures.placed(min(FOLLOWED, len(pictures))):
                windows.append(
                    windows_per_tick(model, model(crops.images.to(pictures.device))).cpu()
                )
                numbers.append(crops.corners)
        seen, shown = torch.cat(windows).flatten(2).numpy(), torch.cat(numbers).flatten(1)
        return {"follows": explained_variance(seen, shown[:, None].numpy()).round(4).tolist()}


for _experiment in (
    NumberExperiment("numbers-64", (64, 64), loose=False),
    NumberExperiment("numbers-128", (128, 128), loose=True),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
