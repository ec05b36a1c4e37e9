"""Bird classification (Jaderberg et al. 2015, section 4.3): whole image or several windows.

The same backbone sees either the whole image downsampled, or two or four windows sampled from the
full-size image. The metrics include which parts of the bird the windows contain.
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
"""Data augmentation: range of the random crop's size as a share of the image, and relative change
of brightness. A size above 1 shows the whole image smaller, with its edge pixels repeated."""


class BirdPictures(StoredImages):
    """Bird images: randomly cropped and flipped for training, unchanged for tests.

    Args:
        birds: the images.
        device: device of the batches.
        zoom: minimum and maximum size of a crop, as a share of the image.
    """

    def __init__(
        self, birds: BirdSet, device: torch.device, zoom: tuple[float, float] = ZOOM
    ) -> None:
        super().__init__(birds.images, birds.labels, birds.source, device)
        self.birds, self.zoom = birds, zoom

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random images, randomly cropped, and flipped with probability 0.5."""
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
    """An image source whose images are drawn or read on request, for pages that show one at a time.

    Args:
        count: number of images.
        get: returns the image (S, S, 3) uint8 and the label for an index.
        everything: returns all of them, for :meth:`draw` and :meth:`once`.
        device: device of the batches.
        source: where they come from, as text for cards and pages.
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
        """``count`` random images, from the whole set."""
        return BirdPictures(self.everything(), self.device).draw(count, seed, step)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Batches of every image once, in order."""
        return BirdPictures(self.everything(), self.device).once(seed)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index``, as a batch of one."""
        image, label = self.get(index)
        images = torch.from_numpy(image.copy())[None]
        return as_input(images, self.device), torch.tensor([label], device=self.device)


class BirdExperiment(Experiment):
    """A bird experiment: the backbone alone, with two windows and with four.

    Args:
        data: name of the data set.
        side: height and width of an image in pixels.
        crop: height and width of the backbone's input in pixels.
    """

    family = "birds"
    source = "Jaderberg et al. 2015, section 4.3"
    models = BirdConfig.names
    unused_hyperparameters = ("elastic_augmentation", "identity_penalty", "curriculum")
    transforms = ("translation", "attention", "affine")
    zoom: ClassVar[tuple[float, float]] = ZOOM

    def __init__(self, data: str, side: int, crop: int) -> None:
        self.data, self.side = data, side
        self.input_size: Size = (side, side)
        self.crop_size: Size = (crop, crop)

    @abstractmethod
    def species(self, folder: Path | None) -> tuple[str, ...]:
        """The names of all classes."""

    @abstractmethod
    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """The images of a part with the species in ``known``; of all species if it is empty."""

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> BirdConfig:
        """Config of the network ``model``; translation windows are half the image in size."""
        options = {"scale": WINDOW} if transform == "translation" else {}
        return BirdConfig(
            model, self.input_size, self.crop_size, self.species(folder),
            transform=transform, transform_options=options,
        )  # fmt: skip

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Bird images, and a sentence on those that were skipped."""
        known = request.config.species if isinstance(request.config, BirdConfig) else ()
        if request.part == "shown":
            return self.one_by_one(request.folder, request.device, known)
        birds = self.birds(request.part, request.folder, known)
        return BirdPictures(birds, request.device, self.zoom), " ".join(birds.notes) or None

    @abstractmethod
    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The test images on request, and a sentence on those that were skipped."""

    def build(self, config: ModelConfig) -> BirdNetwork:
        """A network for training, initialised with weights pretrained on ImageNet."""
        assert isinstance(config, BirdConfig)
        return BirdNetwork(config, fetch=True)

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """Part-hit rates of each window, beside two baselines."""
        assert isinstance(model, BirdNetwork)
        assert isinstance(pictures, BirdPictures)
        return {} if model.localisation is None else part_hits(model, pictures, pictures.birds)
