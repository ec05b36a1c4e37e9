"""The four digit networks of Jaderberg et al. 2015, section 4.1 and appendix A.4.

FCN and CNN classify the picture as it is; ST-FCN and ST-CNN put a spatial transformer in
front of the same classifier. Pooling comes before ReLU, which is the same function for less
work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.output import MODELS, Model, Output, check_network
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.transforms import create_transform

Name = Literal["fcn", "cnn", "st-fcn", "st-cnn"]
NAMES: tuple[Name, ...] = get_args(Name)
FIRST_FILTERS = 32


@dataclass(frozen=True)
class DigitConfig:
    """Everything that rebuilds a digit network.

    Args:
        name: fcn, cnn, st-fcn or st-cnn.
        input_size: (height, width) of the picture.
        width: units of both hidden layers, or filters of the second convolution.
        transform: registered transform of the ST networks, None for the others.
        transform_options: constructor options of the transform.
        sampled_size: what the transformer reads out, before pooling.
        pool: average-pooling after the transformer.
        classes: how many answers there are.
        dropout: share of the classifier's features left out while training.
    """

    name: Name
    input_size: Size
    width: int
    transform: str | None = None
    transform_options: dict[str, Any] = field(default_factory=dict)
    sampled_size: Size | None = None
    pool: int = 1
    classes: int = 10
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_network(
            "digit network", self.name, NAMES, self.transform,
            looks=self.name.startswith("st-"), title=self.name.upper(),
        )  # fmt: skip

    @property
    def classifier_size(self) -> Size:
        """(height, width) of what the classifier sees."""
        if self.transform is None:
            return self.input_size
        height, width = self.sampled_size or self.input_size
        return height // self.pool, width // self.pool


class DigitNetwork(Model):
    """A classifier, with a spatial transformer in front of it where the config names one."""

    config: DigitConfig

    def __init__(self, config: DigitConfig) -> None:
        super().__init__()
        self.config = config
        convolutional = config.name.endswith("cnn")
        self.transformer: SpatialTransformer | None = None
        if config.transform is not None:
            transform = create_transform(config.transform, **config.transform_options)
            if convolutional:
                look = conv_localisation(1, config.input_size, transform.size)
            else:
                look = dense_localisation(config.input_size, transform.size, config.pool)
            self.transformer = SpatialTransformer(look, transform, config.sampled_size)
        build = conv_classifier if convolutional else dense_classifier
        self.classifier = build(
            1, config.classifier_size, config.width, config.classes, config.dropout
        )

    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        if self.transformer is None:
            return Output(self.classifier(images).float(), ())
        step = self.transformer.step(images)
        seen = step.output
        if self.config.pool > 1:
            seen = F.avg_pool2d(seen, self.config.pool)
        return Output(self.classifier(seen).float(), (step,))


def dense_classifier(
    channels: int, size: Size, units: int, classes: int, dropout: float
) -> nn.Sequential:
    """Two hidden layers of ``units`` and the answer."""
    height, width = size
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * height * width, units), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(units, units), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(units, classes),
    )  # fmt: skip


def conv_classifier(
    channels: int, size: Size, filters: int, classes: int, dropout: float
) -> nn.Sequential:
    """9x9 convolution, pool, 7x7 convolution, pool, answer; no padding, stride 1."""
    height, width = (((side - 8) // 2 - 6) // 2 for side in size)
    first = ThinConv2d(FIRST_FILTERS, 9) if channels == 1 else nn.Conv2d(channels, FIRST_FILTERS, 9)
    return nn.Sequential(
        first, nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(FIRST_FILTERS, filters, 7), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Dropout(dropout),
        nn.Linear(filters * height * width, classes),
    )  # fmt: skip


def dense_localisation(size: Size, numbers: int, pool: int) -> nn.Sequential:
    """Three fully connected layers of 32, then theta.

    Where the classifier's picture is pooled, so is this one: at 60 x 60 pixels the first
    layer alone would otherwise hold more parameters than the whole classifier.
    """
    height, width = (side // pool for side in size)
    return nn.Sequential(
        nn.AvgPool2d(pool), nn.Flatten(),
        nn.Linear(height * width, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip


def conv_localisation(channels: int, size: Size, numbers: int) -> nn.Sequential:
    """On the picture at half size: 20 5x5 filters, pool, 20 5x5 filters, 20 units, theta."""
    height, width = ((side // 2 - 4) // 2 - 4 for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(channels, 20, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(20, 20, 5), nn.ReLU(),
        nn.Flatten(), nn.Linear(20 * height * width, 20), nn.ReLU(),
        ThetaHead(20, numbers),
    )  # fmt: skip


@MODELS.register("digits")
def build_digits(config: dict[str, Any]) -> DigitNetwork:
    """Rebuild a digit network from the plain values of a card."""
    sizes = {key: tuple(config[key]) for key in ("input_size", "sampled_size") if config.get(key)}
    return DigitNetwork(DigitConfig(**{**config, **sizes}))
