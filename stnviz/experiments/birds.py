"""Birds (Jaderberg et al. 2015, section 4.3): a whole picture made small, or places of it.

The same backbone looks at the whole picture made small, or at two or four places of it at full
size. What the windows hold is measured beside the error.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from stnviz.coordinates import Size, sample
from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.image_source import TEST_SEED, Batch, ImageSource, mix_seed
from stnviz.data.stored_images import StoredImages, as_input
from stnviz.experiments.contract import Experiment, ImageRequest, Part
from stnviz.experiments.part_hits import part_hits
from stnviz.models import Model
from stnviz.models.birds import WINDOW, BirdConfig, BirdNetwork
from stnviz.models.config import ModelConfig
from stnviz.transforms import Affine

ZOOM, LIGHT = (0.8, 1.0), 0.15
"""Sizes of the part of a picture that training sees, and how much brighter or darker; a size
above 1 shows the whole picture smaller, somewhere, with its edge drawn out around it."""


class BirdPictures(StoredImages):
    """Bird pictures on a device: cut and flipped at random to train, as they are to test.

    Args:
        birds: the pictures.
        device: where they are cut.
        zoom: least and greatest size of a cut.
    """

    def __init__(
        self, birds: BirdSet, device: torch.device, zoom: tuple[float, float] = ZOOM
    ) -> None:
        super().__init__(birds.images, birds.labels, birds.source, device)
        self.birds, self.zoom = birds, zoom

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """Random pictures, each a random part of itself, flipped half of the time."""
        generator = torch.Generator().manual_seed(mix_seed(seed, step))
        which = torch.randint(len(self), (count,), generator=generator)
        unit = torch.rand(5, count, generator=generator)
        low, high = self.zoom
        size = low + (high - low) * unit[0]
        x, y = (1 - size) * (2 * unit[1] - 1), (1 - size) * (2 * unit[2] - 1)
        flip, light = 1 - 2 * (unit[3] < 0.5).float(), 1 + LIGHT * (2 * unit[4] - 1)
        zero = torch.zeros_like(size)
        rows = torch.stack([size * flip, zero, x, zero, size, y], dim=1).to(self.device)
        images, labels = self.take(which)
        grid = Affine().grid(rows, (images.shape[-2], images.shape[-1]))
        cut = sample(images, grid, padding="border") * light.to(self.device)[:, None, None, None]
        return cut.clamp(0, 1), labels


class OneByOne:
    """Test pictures that a page steps through: each is drawn or read when it is looked at.

    Args:
        count: how many there are.
        get: image (S, S, 3) uint8 and label of the picture with a number.
        everything: all of them, for whoever wants them all.
        device: where they go.
        source: one sentence on where they come from.
    """

    def __init__(
        self,
        count: int,
        get: Callable[[int], tuple[np.ndarray, int]],
        everything: Callable[[], BirdSet],
        device: torch.device,
        source: str,
    ) -> None:
        self.count, self.get, self.everything, self.device = count, get, everything, device
        self.source = source

    def __len__(self) -> int:
        return self.count

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """As all of them together."""
        return BirdPictures(self.everything(), self.device).draw(count, seed, step)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """All of them, in order."""
        return BirdPictures(self.everything(), self.device).once(seed)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Picture number ``index``, alone."""
        image, label = self.get(index)
        images = torch.from_numpy(image.copy())[None]
        return as_input(images, self.device), torch.tensor([label], device=self.device)


class BirdExperiment(Experiment):
    """The backbone alone, with two windows and with four.

    Args:
        data: name of the data set.
        side: height and width of a picture.
        crop: height and width of what the backbone sees.
    """

    family: ClassVar[str] = "birds"
    source: ClassVar[str] = "Jaderberg et al. 2015, section 4.3"
    models: ClassVar[tuple[str, ...]] = BirdConfig.names
    unused_hyperparameters: ClassVar[tuple[str, ...]] = (
        "elastic_augmentation",
        "identity_penalty",
        "curriculum",
    )
    transforms: ClassVar[tuple[str, ...]] = ("translation", "attention", "affine")
    zoom: ClassVar[tuple[float, float]] = ZOOM

    def __init__(self, data: str, side: int, crop: int) -> None:
        self.data, self.side = data, side
        self.input_size: Size = (side, side)
        self.crop_size: Size = (crop, crop)

    @abstractmethod
    def species(self, folder: Path | None) -> tuple[str, ...]:
        """The names of all answers."""

    @abstractmethod
    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """The pictures of a part, of the species that are known; of all where none are named."""

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> BirdConfig:
        """The network ``model``; a translation keeps its windows at half the picture."""
        options = {"scale": WINDOW} if transform == "translation" else {}
        return BirdConfig(
            model, self.input_size, self.crop_size, self.species(folder),
            transform=transform, transform_options=options,
        )  # fmt: skip

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Pictures of birds, and a sentence on those that were passed over."""
        known = request.config.species if isinstance(request.config, BirdConfig) else ()
        if request.part == "shown":
            return self.one_by_one(request.folder, request.device, known)
        birds = self.birds(request.part, request.folder, known)
        return BirdPictures(birds, request.device, self.zoom), " ".join(birds.notes) or None

    @abstractmethod
    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The test pictures, made one at a time, and a sentence on those that are left out."""

    def build(self, config: ModelConfig) -> BirdNetwork:
        """A network to be trained, which begins with what ImageNet taught."""
        assert isinstance(config, BirdConfig)
        return BirdNetwork(config, fetch=True)

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """What each window holds beside two baselines."""
        assert isinstance(model, BirdNetwork)
        assert isinstance(pictures, BirdPictures)
        return {} if model.localisation is None else part_hits(model, pictures, pictures.birds)
