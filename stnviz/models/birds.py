"""Bird classifiers: a backbone on the whole image, or on N crops of a larger image.

After Jaderberg et al. 2015, section 4.3. One localisation network sees the downsampled image and
predicts theta for all N transformers; each samples a crop from the full-resolution image. One
backbone computes features of every crop (the paper has one backbone per crop). The features are
concatenated and classified. At the start the crops tile the image.

The localisation network builds on the first stages of the backbone with frozen ImageNet weights:
at the paper's localisation rate, a ten-thousandth of the base rate, they would not change either.
Frozen weights are not stored in checkpoints, because they are installed with the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.coordinates import Size, sample
from stnviz.models.config import ModelConfig
from stnviz.models.imagenet import (
    OFFLINE,
    Normalise,
    create_backbone,
    create_feature_extractor,
    feature_shape,
)
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import ThetaHead, antithetic_pair
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms.matrix import AffineFamily

TRANSFORMERS = {"cnn": 0, "st-cnn": 1, "2st-cnn": 2, "3st-cnn": 3, "4st-cnn": 4}

TILES = {
    1: ((0.0, 0.0),),
    2: ((0.0, -0.5), (0.0, 0.5)),
    3: ((-0.5, -0.5), (0.5, -0.5), (0.0, 0.5)),
    4: ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)),
}
"""Window centres at the start: they tile the image as well as that number of windows can."""

WINDOW = 0.5
"""Window size at the start; it stays fixed where only the translation is learned."""

FROZEN = 5
"""Number of first EfficientNet stages that stay frozen; other backbones are trained entirely."""


@dataclass(frozen=True)
class BirdConfig(ModelConfig):
    """Hyperparameters of a bird network.

    Its transform is translation (only the window's position is learned), attention or affine. The
    paper uses a dropout of 0.7 on the concatenated features.

    Args:
        crop_size: (height, width) of the backbone's input.
        species: names of the classes.
        backbone: its name in timm.
    """

    kind: ClassVar[str] = "bird network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    crop_size: Size
    species: tuple[str, ...]
    backbone: str = OFFLINE

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.species)


@MODELS.register("birds")
class BirdNetwork(Model):
    """A bird classifier with as many windows as its name says.

    Args:
        config: its hyperparameters.
        fetch: whether to download ImageNet weights that are not installed. Training needs them;
            a checkpoint contains its own.
    """

    config_type: ClassVar = BirdConfig
    config: BirdConfig

    def __init__(self, config: BirdConfig, *, fetch: bool = False) -> None:
        super().__init__(config)
        count = TRANSFORMERS[config.name]
        self.normalise = Normalise(config.backbone)
        self.backbone = create_backbone(config.backbone, fetch=fetch)
        _freeze(self.backbone)
        features = cast(Any, self.backbone).num_features
        self.localisation: Localisation | None = None
        if config.transform is not None:
            transform = config.create_transform()
            if not isinstance(transform, AffineFamily):
                raise ValueError(
                    f"Windows cannot be laid out with {transform.title}: choose translation, "
                    "attention or affine."
                )
            self.transform = transform
            look = create_feature_extractor(config.backbone, fetch=fetch)
            shape = feature_shape(config.backbone, tuple(config.crop_size))
            self.localisation = Localisation(look, shape, transform, count)
        self.classifier = nn.Sequential(
            nn.Dropout(config.dropout), nn.Linear(features * max(1, count), config.classes)
        )

    @property
    def perturbable(self) -> tuple[int, int] | None:
        """Number of windows, and parameters of each."""
        return (self.localisation.count, self.transform.size) if self.localisation else None

    def forward(
        self, images: Float[Tensor, "b 3 h w"], moves: Float[Tensor, "b n p"] | None = None
    ) -> Output:
        """Classify images.

        Args:
            images: in [0, 1].
            moves: perturbation of each window's theta, in training. Every image is then sampled
                twice: with theta + moves and with theta - moves. The output has batch size 2B,
                and no gradient flows to theta through the sampler.
        """
        overview = F.interpolate(
            images, self.config.crop_size, mode="bilinear", antialias=True, align_corners=False
        )
        if self.localisation is None:
            return Output(self.classifier(self.describe(overview)).float(), ())
        thetas = self.localisation(self.normalise(overview))
        if moves is not None:
            images, thetas = antithetic_pair(images, thetas, moves)
        steps = []
        for lane, theta in enumerate(thetas.unbind(dim=1)):
            sampled_theta = theta if moves is None else theta.detach()
            grid = self.transform.grid(sampled_theta, self.config.crop_size)
            crop = sample(images, grid, padding="border")
            steps.append(Step(self.transform.name, images, theta, grid, crop, lane))
        described = self.describe(torch.cat([step.output for step in steps]))
        joined = torch.cat(described.chunk(len(steps)), dim=1)
        return Output(self.classifier(joined).float(), tuple(steps))

    def describe(self, crops: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b f"]:
        """The backbone's features of each crop."""
        return self.backbone(self.normalise(crops))

    def train(self, mode: bool = True) -> BirdNetwork:
        """Set training mode, except for frozen modules: they keep their ImageNet statistics."""
        super().train(mode)
        for module in self.modules():
            own = list(module.parameters(recurse=False))
            if own and not any(p.requires_grad for p in own):
                module.eval()
        return self

    def external_tensors(self) -> frozenset[str]:
        """All tensors with frozen ImageNet weights, if these are installed with the program."""
        if self.config.backbone != OFFLINE:
            return frozenset()
        frozen = {name for name, p in self.named_parameters() if not p.requires_grad}
        modules = {name.rpartition(".")[0] for name in frozen}
        return frozenset(name for name in self.state_dict() if name.rpartition(".")[0] in modules)


class Localisation(nn.Module):
    """Localisation network: predicts theta of all windows from the downsampled image.

    The input of the head has zero mean over a batch. So the head's weights move windows
    differently for each image, and only its bias moves all alike. Otherwise all windows drift away
    together before the network has learned to tell images apart.

    Args:
        look: feature extractor from image to feature maps; stays frozen.
        shape: (channels, height, width) of the feature maps of the downsampled image.
        transform: of the windows.
        count: N, the number of windows.
    """

    def __init__(
        self, look: nn.Module, shape: tuple[int, int, int], transform: AffineFamily, count: int
    ) -> None:
        super().__init__()
        self.count = count
        self.look = look.requires_grad_(False).eval()
        channels, height, width = shape
        self.read = nn.Sequential(
            nn.Conv2d(channels, 64, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.Flatten(),
            nn.Linear(64 * height * width, 128), nn.BatchNorm1d(128), nn.ReLU(),
            nn.BatchNorm1d(128, affine=False),
            ThetaHead(128, count * transform.size),
        )  # fmt: skip
        _tile(self.read[-1], transform, count)

    def forward(self, overview: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b n p"]:
        """Theta of each window."""
        return self.read(self.look(overview)).float().unflatten(1, (self.count, -1))


def _tile(last: nn.Module, transform: AffineFamily, count: int) -> None:
    """Initialise the head so that the windows tile the image for every input."""
    assert isinstance(last, nn.Linear)
    rows = torch.tensor([[[WINDOW, 0, x], [0, WINDOW, y]] for x, y in TILES[count]])
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(transform.from_rows(rows).flatten())


def _freeze(backbone: nn.Module) -> None:
    """Freeze the stem and the first stages of an EfficientNet."""
    parts: Any = backbone
    if hasattr(parts, "conv_stem") and hasattr(parts, "blocks"):
        for module in (parts.conv_stem, parts.bn1, *parts.blocks[:FROZEN]):
            module.requires_grad_(False)
