"""Street numbers: a convolutional network, one transformer on the picture, or four within.

After Jaderberg et al. 2015, section 4.2 and appendix A.2. *Single* looks at the picture once,
with a localisation network of its own. *Multi* warps the feature maps before each of the first
four convolutions; each of its localisation networks is two small layers on those maps, so that
later ones look with what earlier layers have understood.

Widths are scaled, and each convolution is followed by batch normalisation, which the paper
does without: it takes the place of its 400,000 iterations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead

PLACES, CLASSES = 5, 11
"""Digits of the longest number, and what stands in a place: ten digits, or nothing."""

FILTERS = (48, 64, 128, 160, 192, 192, 192, 192)
POOLED_AFTER = (0, 2, 4, 6)
DENSE = 3072
"""The paper's network, at width 48: filters, where it pools, units of its dense layers."""

READER = "head.2.weight"
"""What reads the last feature maps, whose size is that of the crop."""

TRANSFORMERS = {"cnn": 0, "st-cnn-single": 1, "st-cnn-multi": 4}


@dataclass(frozen=True)
class NumberConfig(ModelConfig):
    """Everything that rebuilds a street-number network.

    Args:
        width: filters of the first convolution, rounded to eights; all others are scaled with it
            (paper: 48).
        dense: units of the two dense layers (paper: 3072, three of them).
        classes: what can stand in a place.
    """

    kind: ClassVar[str] = "number network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    width: int
    dense: int
    classes: int = CLASSES

    @property
    def filters(self) -> tuple[int, ...]:
        """Of each convolution: in eights, as processors take them."""
        return tuple(max(8, 8 * round(count * self.width / (8 * FILTERS[0]))) for count in FILTERS)


@MODELS.register("numbers")
class NumberNetwork(Model):
    """Five places, read from one crop.

    Its transformers act one after another, each on what the layers before it have made: their steps
    have a tick each. ``map_size`` is (channels, height, width) of the last feature maps.
    """

    config_type: ClassVar = NumberConfig
    config: NumberConfig

    def __init__(self, config: NumberConfig) -> None:
        super().__init__(config)
        side, layers, transformers = config.input_size, [], []
        for place, (channels, filters) in enumerate(pairwise((3, *config.filters))):
            if place < TRANSFORMERS[config.name]:
                transformers.append(self._transformer(channels, side, place))
            pooled = place in POOLED_AFTER
            layers.append(_block(channels, filters, pool=pooled))
            side = (side[0] // 2, side[1] // 2) if pooled else side
        self.transformers, self.layers = nn.ModuleList(transformers), nn.ModuleList(layers)
        self.map_size = (config.filters[-1], *side)
        features = math.prod(self.map_size)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(config.dropout),
            nn.Linear(features, config.dense), nn.ReLU(), nn.Dropout(config.dropout),
            nn.Linear(config.dense, config.dense), nn.ReLU(), nn.Dropout(config.dropout),
            nn.Linear(config.dense, PLACES * config.classes),
        )  # fmt: skip

    def _transformer(self, channels: int, size: Size, tick: int) -> SpatialTransformer:
        transform = self.config.create_transform()
        if self.config.name == "st-cnn-single":
            localisation = conv_localisation(size, transform.size)
        else:
            localisation = dense_localisation(channels, size, transform.size)
        return SpatialTransformer(localisation, transform, tick=tick)

    @property
    def perturbable(self) -> tuple[int, int] | None:
        """The first transformer, the one on the picture."""
        if not self.transformers:
            return None
        return 1, cast(SpatialTransformer, self.transformers[0]).transform.size

    def forward(
        self, images: Float[Tensor, "b 3 h w"], moves: Float[Tensor, "b 1 p"] | None = None
    ) -> Output:
        """Read numbers.

        Args:
            images: in [0, 1].
            moves: of the first transformer, in training by perturbation; the output is then of 2B.
        """
        seen, steps = images, []
        for place, layer in enumerate(self.layers):
            if place < len(self.transformers):
                move = moves[:, 0] if moves is not None and place == 0 else None
                step = cast(SpatialTransformer, self.transformers[place]).step(seen, move)
                steps.append(step)
                seen = step.output
            if place == 0:
                seen = seen - 0.5
            # Few channels are learned from faster where they lie side by side
            # (benchmarks/layout.py).
            seen = layer(seen.contiguous(memory_format=torch.channels_last))
        logits = self.head(seen).float().unflatten(1, (PLACES, self.config.classes))
        return Output(logits, tuple(steps))

    def adapt_tensor(self, name: str, value: Tensor) -> Tensor:
        """What has read a smaller map reads the middle of this one, of as many pixels."""
        channels, *size = self.map_size
        if name != READER:
            return value
        side = math.isqrt(value.shape[1] // channels)
        if side**2 * channels != value.shape[1]:
            return value
        ends = [((whole - side) // 2, -((side - whole) // 2)) for whole in reversed(size)]
        smaller = value.unflatten(1, (channels, side, side))
        return F.pad(smaller, [end for pair in ends for end in pair]).flatten(1)


def _block(channels: int, filters: int, *, pool: bool) -> nn.Sequential:
    """A 5x5 convolution, padded; pooling comes before what is done to each number alone."""
    parts: list[nn.Module] = [nn.Conv2d(channels, filters, 5, padding=2, bias=False)]
    if pool:
        parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.BatchNorm2d(filters), nn.ReLU())


def conv_localisation(size: Size, numbers: int) -> nn.Sequential:
    """Single's: two convolutions of 32 5x5 filters and two layers of 32 units, then theta.

    The picture is halved first, and its maps are pooled to 8 x 8 at the end, which the paper does
    not do: where a number is can be seen from further off, in a crop of any size.
    """
    height, width = (min(side // 4, 8) for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(3, 32, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2), nn.AdaptiveMaxPool2d((height, width)), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * height * width, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip


def dense_localisation(channels: int, size: Size, numbers: int) -> nn.Sequential:
    """Multi's: two layers of 32 units on feature maps pooled to 16 x 16, then theta."""
    height, width = (min(side, 16) for side in size)
    return nn.Sequential(
        nn.AdaptiveAvgPool2d((height, width)), nn.Flatten(),
        nn.Linear(channels * height * width, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip
