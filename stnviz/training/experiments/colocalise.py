"""Co-localisation (Jaderberg et al. 2015, appendix A.2): find what a hundred pictures share.

All that is known of the pictures is that one digit is somewhere in each. Two windows on two
of them should read the same thing, and a window should read another thing than a random cut
of its picture does: a triplet hinge on what a digit network thinks of them. There is no test
set: a finder is trained on the pictures that it is asked about, and judged by where the digit
really is.

A run's seed says which digit is sought, its last figure, and draws the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from stnviz.coordinates import Size, sample
from stnviz.data.digits import DIGIT, gallery
from stnviz.data.distort import distort
from stnviz.data.distortions import DISTORTIONS, MOST_PATCHES
from stnviz.models import Output
from stnviz.models.digits import DigitNetwork
from stnviz.models.finder import NAMES, FinderConfig, Name
from stnviz.training.cards import CHECKPOINTS
from stnviz.training.checkpoint import load_checkpoint
from stnviz.training.experiments.contract import EXPERIMENTS, Experiment, Part
from stnviz.training.pictures import TEST_SEED, Batch, Pictures, mix, one
from stnviz.training.recipe import Recipe
from stnviz.transforms import Attention

CANVAS, PICTURES = 84, 100
WINDOW = DIGIT / CANVAS
"""Size of a digit in its picture."""

MARGIN, HIT = 1.0, 0.5
"""Of the hinge; and the overlap (intersection over union) above which a digit is found."""

ENCODER = "mnist-e/cnn"
"""The shipped network whose layers say what a window reads."""


class Hidden:
    """Pictures with one digit somewhere in each.

    A label is where the digit is, and a random window, both as (size, x, y) of an attention
    transform.

    Args:
        digit: which is in all of them.
        cluttered: whether pieces of other digits lie around.
        seed: of the pictures.
        device: where they go.
    """

    def __init__(self, digit: int, cluttered: bool, seed: int, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(mix(seed, digit))
        whole = gallery()
        ours = torch.from_numpy(whole.images[whole.labels == digit])
        others = torch.from_numpy(whole.images[whole.labels != digit])
        which = torch.randperm(len(ours), generator=generator)[:PICTURES]
        reach = (CANVAS - DIGIT) / 2
        shift = reach * (2 * torch.rand(PICTURES, 2, generator=generator) - 1)
        clutter = torch.full((PICTURES, 1), float(MOST_PATCHES if cluttered else 0))
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
        """``count`` of the pictures, each with another random window."""
        generator = torch.Generator().manual_seed(mix(seed, step))
        which = torch.randperm(len(self), generator=generator)[:count].to(self.images.device)
        return self.images[which], self._labels(which, generator)

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """All of them, in order."""
        generator = torch.Generator().manual_seed(seed)
        yield self.images, self._labels(torch.arange(len(self)), generator)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Picture number ``index``, alone."""
        return one(next(self.once(seed)), index)

    def _labels(self, which: Tensor, generator: torch.Generator) -> Float[Tensor, "b 6"]:
        places = (1 - WINDOW) * (2 * torch.rand(len(which), 2, generator=generator) - 1)
        size = torch.full((len(which), 1), WINDOW)
        thrown = torch.cat([size, places], dim=1).to(self.images.device)
        return torch.cat([self.places[which], thrown], dim=1)


class Colocalise(Experiment):
    """One attention transformer that looks for what its pictures share.

    Args:
        data: name of the data set.
        cluttered: whether pieces of other digits lie around.
    """

    family: ClassVar[str] = "finder"
    models: ClassVar[tuple[str, ...]] = NAMES
    transforms: ClassVar[tuple[str, ...]] = ("attention",)
    surveyed: ClassVar[bool] = False
    seeded: ClassVar[bool] = True

    input_size: Size = (CANVAS, CANVAS)

    def __init__(self, data: str, *, cluttered: bool) -> None:
        self.data, self.cluttered = data, cluttered

    def config(
        self,
        model: str,
        transform: str | None = None,
        dropout: float = 0.0,
        folder: Path | None = None,
    ) -> FinderConfig:
        """The finder; its windows are upright."""
        kind = transform or "attention"
        return FinderConfig(cast(Name, model), self.input_size, (DIGIT, DIGIT), kind)

    def open(
        self, part: Part, folder: Path | None, device: torch.device, recipe: Recipe | None = None
    ) -> tuple[Pictures, str | None]:
        """The same hundred pictures for every part."""
        seed = recipe.seed if recipe else 0
        return Hidden(seed % 10, self.cluttered, seed, device), None

    def loss(self, output: Output, labels: Float[Tensor, "b 6"], smoothing: float) -> Tensor:
        """The triplet hinge over pairs of neighbours in the batch."""
        (step,) = output.steps
        thrown = _read(step.input, labels[:, 3:])
        ours, random = (encode(crops) for crops in (step.output, thrown))
        alike = (ours - ours.roll(1, 0)).square().sum(dim=1)
        other = (ours - random).square().sum(dim=1)
        return (alike - other + MARGIN).clamp(min=0).mean()

    def wrong(
        self, logits: Float[Tensor, "b p"], labels: Float[Tensor, "b 6"]
    ) -> Bool[Tensor, " b"]:
        """Where the digit was not found: the overlap is half or less."""
        return overlap(logits[:, :3], labels[:, :3]) <= HIT


def overlap(first: Float[Tensor, "b 3"], second: Float[Tensor, "b 3"]) -> Float[Tensor, " b"]:
    """Intersection over union of upright windows (size, x, y)."""
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
    """What a digit network's three layers make of crops, joined.

    Each layer's features are scaled to the same length, so that the margin means the same
    whatever network it is.
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
