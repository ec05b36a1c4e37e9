"""Street numbers: a CNN, with one transformer on the image, or with four on its feature maps.

After Jaderberg et al. 2015, section 4.2 and appendix A.2. *Single* has one transformer on the
image, with its own localisation network. *Multi* warps the input of each of the first four
convolutions. Each of its localisation networks is two small layers on those feature maps, so
later ones use what earlier layers have computed.

Widths are scaled. Each convolution is followed by batch normalisation, which the paper does not
use: it makes up for the paper's 400,000 iterations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.shapes import Float

PLACES, CLASSES = 5, 11
"""Places of the longest number, and classes of each place: ten digits, or empty."""

FILTERS = (48, 64, 128, 160, 192, 192, 192, 192)
POOLED_AFTER = (0, 2, 4, 6)
DENSE = 3072
"""The paper's network, at width 48: filters, layers followed by pooling, units of dense layers."""

READER = "head.2.weight"
"""The weight of the first dense layer; its shape depends on the crop size via the feature maps."""

TRANSFORMERS = {"cnn": 0, "st-cnn-single": 1, "st-cnn-multi": 4}


@dataclass(frozen=True)
class NumberConfig(ModelConfig):
    """Hyperparameters of a street-number network.

    Args:
        width: filters of the first convolution, rounded to a multiple of 8; all others are scaled
            with it (paper: 48).
        dense: units of each of the two dense layers (paper: 3072, three layers).
        classes: number of classes of each place.
    """

    kind: ClassVar[str] = "number network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    width: int
    dense: int
    classes: int = CLASSES

    @property
    def filters(self) -> tuple[int, ...]:
        """Filters of each convolution: multiples of 8, which suit processors."""
        return tuple(max(8, 8 * round(count * self.width / (8 * FILTERS[0]))) for count in FILTERS)


@MODELS.register("numbers")
class NumberNetwork(Model):
    """Classifies the five places of a number in one crop.

    Its transformers act in sequence, each on the output of the layers before it; each has its own
    step (tick). ``map_size`` is (channels, height, width) of the last feature maps.
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
        """One window, that of the first transformer, which acts on the image; its parameters."""
        if not self.transformers:
            return None
        return 1, cast(SpatialTransformer, self.transformers[0]).transform.size

    def forward(
        self, images: Float[Tensor, "b 3 h w"], moves: Float[Tensor, "b 1 p"] | None = None
    ) -> Output:
        """Classify the places of each number.

        Args:
            images: in [0, 1].
            moves: perturbation of the first transformer's theta, in training by perturbation; the
                output then has batch size 2B.
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
            # With few channels, training is faster in the channels-last memory format
            # (benchmarks/layout.py).
            seen = layer(seen.contiguous(memory_format=torch.channels_last))
        logits = self.head(seen).float().unflatten(1, (PLACES, self.config.classes))
        return Output(logits, tuple(steps))

    def adapt_tensor(self, name: str, value: Tensor) -> Tensor:
        """Fit the first dense layer's weight of another crop size to the centre of this map."""
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
    """A padded 5x5 convolution; pooling comes before batch normalisation and ReLU."""
    parts: list[nn.Module] = [nn.Conv2d(channels, filters, 5, padding=2, bias=False)]
    if pool:
        parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.BatchNorm2d(filters), nn.ReLU())


def conv_localisation(size: Size, numbers: int) -> nn.Sequential:
    """Of *single*: two convolutions of 32 5x5 filters and two layers of 32 units, then theta.

    Unlike in the paper, the image is halved first, and the feature maps are pooled to 8 x 8 at the
    end: a low resolution is enough to locate a number, and this fits crops of any size. Nor has the
    paper's network batch normalisation. Without it, 28 of the first layer's 32 units died here; and
    what is left varies so little between crops that training moves the head's bias, which moves all
    windows alike, rather than its weights.
    """
    height, width = (min(side // 4, 8) for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        _block(3, 32, pool=True), _block(32, 32, pool=False),
        nn.AdaptiveMaxPool2d((height, width)), nn.Flatten(),
        nn.Linear(32 * height * width, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(), nn.BatchNorm1d(32, affine=False),
        ThetaHead(32, numbers),
    )  # fmt: skip


def dense_localisation(channels: int, size: Size, numbers: int) -> nn.Sequential:
    """Of *multi*: two layers of 32 units on feature maps pooled to 16 x 16, then theta."""
    height, width = (min(side, 16) for side in size)
    return nn.Sequential(
        nn.AdaptiveAvgPool2d((height, width)), nn.Flatten(),
        nn.Linear(channels * height * width, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip
