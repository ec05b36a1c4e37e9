"""Birds: a backbone that looks at the whole picture, or at N places of a larger one.

After Jaderberg et al. 2015, section 4.3. One localisation network sees the whole picture, made
small, and says where all N transformers look; each reads a crop from the picture at its full
size. One backbone describes every crop (the paper gives each its own), and what it says of
them is joined and classified. At the start the crops tile the picture.

The localisation network stands on the first stages of the backbone as ImageNet left them: at
the paper's localisation rate, a ten-thousandth of the base rate, they would not move either.
What is frozen is not stored in checkpoints, because it is installed with the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
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
from stnviz.transforms.matrix import AffineFamily

TRANSFORMERS = {"cnn": 0, "st-cnn": 1, "2st-cnn": 2, "3st-cnn": 3, "4st-cnn": 4}

TILES = {
    1: ((0.0, 0.0),),
    2: ((0.0, -0.5), (0.0, 0.5)),
    3: ((-0.5, -0.5), (0.5, -0.5), (0.0, 0.5)),
    4: ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)),
}
"""Where the windows lie at the start: they tile the picture as well as so many can."""

WINDOW = 0.5
"""Size of a window at the start, and for ever where only its place is learned."""

FROZEN = 5
"""First stages of an EfficientNet that are never trained; other backbones are trained whole."""


@dataclass(frozen=True)
class BirdConfig(ModelConfig):
    """Everything that rebuilds a bird network.

    Its transform is translation (only the place of a window is learned), attention or affine; the
    paper leaves out 0.7 of the joined descriptors.

    Args:
        crop_size: (height, width) of what the backbone sees.
        species: names of its answers.
        backbone: as timm has it.
    """

    kind: ClassVar[str] = "bird network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    crop_size: Size
    species: tuple[str, ...]
    backbone: str = OFFLINE

    @property
    def classes(self) -> int:
        """How many answers there are."""
        return len(self.species)


@MODELS.register("birds")
class BirdNetwork(Model):
    """A classifier of birds, with as many windows as its name says.

    Args:
        config: everything that rebuilds it.
        fetch: whether to download ImageNet weights that are not installed, as training wants
            them; a checkpoint brings its own.
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
        """Windows, and numbers of each."""
        return (self.localisation.count, self.transform.size) if self.localisation else None

    def forward(
        self, images: Float[Tensor, "b 3 h w"], moves: Float[Tensor, "b n p"] | None = None
    ) -> Output:
        """Classify pictures.

        Args:
            images: in [0, 1].
            moves: of each window, in training: every picture is then looked at with windows
                moved so, and again with windows moved the other way. The output is of 2B, and
                says nothing to theta through the sampler.
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
        """The backbone's descriptor of each crop."""
        return self.backbone(self.normalise(crops))

    def train(self, mode: bool = True) -> BirdNetwork:
        """Training mode, but for what is frozen: its statistics stay ImageNet's."""
        super().train(mode)
        for module in self.modules():
            own = list(module.parameters(recurse=False))
            if own and not any(p.requires_grad for p in own):
                module.eval()
        return self

    def external_tensors(self) -> frozenset[str]:
        """Everything that is as ImageNet left it, where that is installed."""
        if self.config.backbone != OFFLINE:
            return frozenset()
        frozen = {name for name, p in self.named_parameters() if not p.requires_grad}
        modules = {name.rpartition(".")[0] for name in frozen}
        return frozenset(name for name in self.state_dict() if name.rpartition(".")[0] in modules)


class Localisation(nn.Module):
    """From the whole picture to where every window lies.

    What the head reads has mean zero over a batch, so that its weights move windows from picture
    to picture, and its bias alone moves them all: else all of them drift away together before
    anything is learned that tells one picture from another.

    Args:
        look: from the picture to feature maps; stays as it is.
        shape: channels, height and width of what it makes of the whole picture, made small.
        transform: of the windows.
        count: N, windows.
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
    """Let the windows tile the picture, whatever they see."""
    assert isinstance(last, nn.Linear)
    rows = torch.tensor([[[WINDOW, 0, x], [0, WINDOW, y]] for x, y in TILES[count]])
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(transform.from_rows(rows).flatten())


def _freeze(backbone: nn.Module) -> None:
    """Leave the stem and the first stages of an EfficientNet as they are."""
    parts: Any = backbone
    if hasattr(parts, "conv_stem") and hasattr(parts, "blocks"):
        for module in (parts.conv_stem, parts.bn1, *parts.blocks[:FROZEN]):
            module.requires_grad_(False)
