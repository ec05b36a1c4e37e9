"""The four digit networks of Jaderberg et al. 2015, section 4.1 and appendix A.4.

FCN and CNN classify the image as it is; ST-FCN and ST-CNN put a spatial transformer in
front of the same classifier. Max pooling comes before ReLU, which gives the same result with
less work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.shapes import Float

FIRST_FILTERS = 32


@dataclass(frozen=True)
class DigitConfig(ModelConfig):
    """Hyperparameters of a digit network.

    Args:
        width: units of both hidden layers, or filters of the second convolution.
        sampled_size: (height, width) of the transformer's output, before pooling.
        pool: factor of the average pooling in front of the classifier, after the transformer.
        classes: number of classes.
    """

    kind: ClassVar[str] = "digit network"
    names: ClassVar[tuple[str, ...]] = ("fcn", "cnn", "st-fcn", "st-cnn")

    width: int
    sampled_size: Size | None = None
    pool: int = 1
    classes: int = 10

    @property
    def classifier_size(self) -> Size:
        """(height, width) of the classifier's input."""
        sampled = self.sampled_size if self.transform else None
        height, width = sampled or self.input_size
        return height // self.pool, width // self.pool


@MODELS.register("digits")
class DigitNetwork(Model):
    """A classifier, behind a spatial transformer if the config names a transform."""

    config_type: ClassVar = DigitConfig
    config: DigitConfig

    def __init__(self, config: DigitConfig) -> None:
        super().__init__(config)
        convolutional = config.name.endswith("cnn")
        self.transformer: SpatialTransformer | None = None
        if config.transform is not None:
            transform = config.create_transform()
            if convolutional:
                localisation = conv_localisation(1, config.input_size, transform.size)
            else:
                localisation = dense_localisation(config.input_size, transform.size, config.pool)
            self.transformer = SpatialTransformer(localisation, transform, config.sampled_size)
        build = conv_classifier if convolutional else dense_classifier
        self.classifier = build(
            1, config.classifier_size, config.width, config.classes, config.dropout
        )

    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        steps = () if self.transformer is None else (self.transformer.step(images),)
        seen = self.pooled(steps[0].output if steps else images)
        return Output(self.classifier(seen).float(), steps)

    def pooled(self, images: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
        """What the classifier gets of the transformer's output, or of the images."""
        return F.avg_pool2d(images, self.config.pool) if self.config.pool > 1 else images


def dense_classifier(
    channels: int, size: Size, units: int, classes: int, dropout: float
) -> nn.Sequential:
    """Two hidden layers of ``units`` and the output layer."""
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
    """9x9 convolution, pool, 7x7 convolution, pool, output layer; no padding, stride 1."""
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

    If the classifier's input is pooled, so is this one: at 60 x 60 pixels the first layer
    alone would otherwise have more parameters than the whole classifier.
    """
    height, width = (side // pool for side in size)
    # Averaging single pixels would take a twelfth of a training step.
    pooling = nn.AvgPool2d(pool) if pool > 1 else nn.Identity()
    return nn.Sequential(
        pooling, nn.Flatten(),
        nn.Linear(height * width, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        nn.Linear(32, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip


def conv_localisation(channels: int, size: Size, numbers: int) -> nn.Sequential:
    """On the image at half size: 20 5x5 filters, pool, 20 5x5 filters, 20 units, theta."""
    height, width = ((side // 2 - 4) // 2 - 4 for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(channels, 20, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(20, 20, 5), nn.ReLU(),
        nn.Flatten(), nn.Linear(20 * height * width, 20), nn.ReLU(),
        ThetaHead(20, numbers),
    )  # fmt: skip
