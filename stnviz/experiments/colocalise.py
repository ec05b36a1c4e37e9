"""Co-localisation (Jaderberg et al. 2015, appendix A.2): find the object that 100 images share.

It is only known that the same digit occurs somewhere in each image. The crops from two images
should be similar, and differ from the crop of a random window: the loss is a triplet hinge on the
features of a digit network. Predicted windows start in the middle, while random ones may reach
beyond the edge, so that at first the predicted windows contain slightly more ink. This asymmetry
makes finding the digit better than avoiding it. There is no test set: a finder is trained on the
images that it searches, and evaluated by the true position of the digit.

The last decimal figure of a run's seed is the digit to find; the seed also draws the images.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.checkpoints.card import CHECKPOINTS
from stnviz.checkpoints.storage import load_checkpoint
from stnviz.coordinates import Size, sample
from stnviz.data.digits import DIGIT, gallery
from stnviz.data.distort import distort
from stnviz.data.distortions import DISTORTIONS, MAX_PATCHES
from stnviz.data.image_source import TEST_SEED, Batch, ImageSource, mix_seed, one
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest
from stnviz.models import Output
from stnviz.models.digits import DigitNetwork
from stnviz.models.finder import FinderConfig
from stnviz.shapes import Bool, Float
from stnviz.transforms import Attention

CANVAS, PICTURES = 84, 100
WINDOW = DIGIT / CANVAS
"""Size of a digit as a share of its image."""

MARGIN, HIT = 4.0, 0.5
"""Margin of the triplet hinge, whose squared distances are at most 8; and intersection over union
above which a digit counts as found."""

ENCODER = "mnist-e/cnn"
"""The shipped network whose layers are the features of a crop."""


class HiddenDigits:
    """Images with the same digit at a random position in each.

    A label has five numbers: the true window of the digit as (size, x, y) of an attention
    transform, and the centre of a random window anywhere in the image, up to its edges.

    Args:
        digit: the class that all images contain.
        cluttered: whether to add pieces of other digits.
        seed: seed of the images.
        device: device of the batches.
    """

    def __init__(self, digit: int, cluttered: bool, seed: int, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(mix_seed(seed, digit))
        digits = gallery()
        ours = torch.from_numpy(digits.images[digits.labels == digit])
        others = torch.from_numpy(digits.images[digits.labels != digit])
        which = torch.randperm(len(ours), generator=generator)[:PICTURES]
        reach = (CANVAS - DIGIT) / 2
        shift = reach * (2 * torch.rand(PICTURES, 2, generator=generator) - 1)
        clutter = torch.full((PICTURES, 1), float(MAX_PATCHES if cluttered else 0))
        done = distort(
            DISTORTIONS.get("mnist-tc"), ours[which, None].float() / 255,
            torch.cat([shift, clutter], dim=1), generator,
            distractors=others[:500, None].float() / 255, canvas=CANVAS,
        )  # fmt: skip
        self.images = done.images.to(device)
        size = torch.full((PICTURES, 1), WINDOW)
        self.places = torch.cat([size, 2 * shift / CANVAS], dim=1).to(device)
        clutter_words = "among clutter" if cluttered else "alone"
        self.source = f"{PICTURES} pictures of a {digit} {clutter_words}, those that were searched"

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` of the images, each with a new random window."""
        generator = torch.Generator().manual_seed(mix_seed(seed, step))
        which = torch.randperm(len(self), generator=generator)[:count].to(self.images.device)
        return self.images[which], self._labels(which, generator)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """All images, in order, as one batch."""
        generator = torch.Generator().manual_seed(seed)
        yield self.images, self._labels(torch.arange(len(self)), generator)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Image number ``index``, as a batch of one."""
        return one(next(self.once(seed)), index)

    def _labels(self, which: Tensor, generator: torch.Generator) -> Float[Tensor, "b 5"]:
        thrown = 2 * torch.rand(len(which), 2, generator=generator) - 1
        return torch.cat([self.places[which], thrown.to(self.images.device)], dim=1)


class Colocalise(Experiment):
    """A co-localisation experiment: one attention transformer finds what its images share.

    Args:
        data: name of the data set.
        cluttered: whether the images contain pieces of other digits.
    """

    family = "finder"
    source = "Jaderberg et al. 2015, appendix A.2"
    models = FinderConfig.names
    transforms = ("attention",)
    unused_hyperparameters = (
        "elastic_augmentation",
        "dropout",
        "label_smoothing",
        "identity_penalty",
        "perturbation",
        "curriculum",
    )
    keeps_predictions = False
    seeded = True

    input_size: Size = (CANVAS, CANVAS)

    def __init__(self, data: str, *, cluttered: bool) -> None:
        self.data, self.cluttered = data, cluttered

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> FinderConfig:
        """Config of the finder; its windows are axis-aligned."""
        kind = transform or "attention"
        return FinderConfig(model, self.input_size, (DIGIT, DIGIT), transform=kind)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """The same hundred images for every part."""
        seed = request.recipe.seed if request.recipe else 0
        return HiddenDigits(seed % 10, self.cluttered, seed, request.device), None

    def sample_losses(
        self, output: Output, labels: Float[Tensor, "b 5"], smoothing: float
    ) -> Float[Tensor, " b"]:
        """The triplet hinge; the positive of each image is its neighbour in the batch.

        The positive is detached. With a gradient, a crop of empty background, which has none
        itself, would pull the crop of a digit towards it.
        """
        (step,) = output.steps
        size = torch.full_like(labels[:, :1], WINDOW)
        thrown = torch.cat([size, labels[:, 3:]], dim=1)
        ours, random = encode(step.output), encode(_read(step.input, thrown))
        alike = (ours - ours.roll(1, 0).detach()).square().sum(dim=1)
        other = (ours - random).square().sum(dim=1)
        return (alike - other + MARGIN).clamp(min=0)

    def errors(
        self, logits: Float[Tensor, "b p"], labels: Float[Tensor, "b 5"]
    ) -> Bool[Tensor, " b"]:
        """Images where the digit was not found: the intersection over union is at most 0.5."""
        return overlap(logits[:, :3], labels[:, :3]) <= HIT


def overlap(first: Float[Tensor, "b 3"], second: Float[Tensor, "b 3"]) -> Float[Tensor, " b"]:
    """Intersection over union of axis-aligned windows (size, x, y)."""
    sizes = [window[:, :1].abs() for window in (first, second)]
    lows = [window[:, 1:] - size for window, size in zip((first, second), sizes, strict=True)]
    highs = [window[:, 1:] + size for window, size in zip((first, second), sizes, strict=True)]
    shared = (torch.minimum(*highs) - torch.maximum(*lows)).clamp(min=0).prod(dim=1)
    areas = [(2 * size[:, 0]).square() for size in sizes]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-12)


def _read(images: Float[Tensor, "b c h w"], windows: Float[Tensor, "b 3"]) -> Tensor:
    return sample(images, Attention().grid(windows, (DIGIT, DIGIT)))


@lru_cache(maxsize=2)
def _encoder(device: torch.device) -> nn.Sequential:
    model = load_checkpoint(CHECKPOINTS / ENCODER, device)
    assert isinstance(model, DigitNetwork)
    return model.classifier.requires_grad_(False)


def encode(crops: Float[Tensor, "b 1 28 28"]) -> Float[Tensor, "b f"]:
    """Features of crops: the outputs of a digit network's three layers, concatenated.

    Each layer's features are normalised to unit length, so that the margin does not depend on
    the network.
    """
    seen, layers = crops, []
    for layer in _encoder(crops.device):
        seen = layer(seen)
        if isinstance(layer, nn.ReLU | nn.Linear):
            layers.append(F.normalize(seen.flatten(1).float(), dim=1))
    return torch.cat(layers, dim=1)


for _experiment in (
    Colocalise("colocalise-t", cluttered=False),
    Colocalise("colocalise-tc", cluttered=True),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
