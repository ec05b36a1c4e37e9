"""MNIST addition: networks that add two digits in two channels (Jaderberg 2015, appendix A.1).

Each channel holds one digit, rotated, scaled and translated independently. A transformer sees
both channels and warps both with the same theta, so a single one can rectify only one of the
digits. Two parallel transformers, each with its own localisation network, can rectify one digit
each. Their outputs are concatenated along the channels and classified by fully connected layers,
which have no translation invariance: all spatial invariance comes from the transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.models.digits import DigitConfig, conv_classifier, conv_localisation, dense_classifier
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer
from stnviz.shapes import Float

CHANNELS, CLASSES = 2, 19

TRANSFORMERS = {"fcn": 0, "cnn": 0, "st-fcn": 1, "2st-fcn": 2}


@dataclass(frozen=True)
class AdditionConfig(DigitConfig):
    """Hyperparameters of an addition network: those of a digit network, with more classes.

    Args:
        classes: number of possible sums.
    """

    kind: ClassVar[str] = "addition network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    classes: int = CLASSES


@MODELS.register("addition")
class AdditionNetwork(Model):
    """A classifier of sums behind as many parallel transformers as its name says.

    Each transformer is one lane; all steps have tick 0.
    """

    config_type: ClassVar = AdditionConfig
    config: AdditionConfig

    def __init__(self, config: AdditionConfig) -> None:
        super().__init__(config)
        count = TRANSFORMERS[config.name]
        self.transformers = nn.ModuleList()
        for lane in range(count):
            transform = config.create_transform()
            localisation = conv_localisation(CHANNELS, config.input_size, transform.size)
            self.transformers.append(
                SpatialTransformer(localisation, transform, config.sampled_size, lane=lane)
            )
        height, width = config.input_size
        if count:
            height, width = (side // config.pool for side in config.sampled_size or (height, width))
        build = conv_classifier if config.name == "cnn" else dense_classifier
        self.classifier = build(
            CHANNELS * max(1, count), (height, width), config.width, config.classes, config.dropout
        )

    def forward(self, images: Float[Tensor, "b 2 h w"]) -> Output:
        steps = tuple(
            cast(SpatialTransformer, transformer).step(images) for transformer in self.transformers
        )
        seen = images
        if steps:
            seen = F.avg_pool2d(torch.cat([step.output for step in steps], 1), self.config.pool)
        return Output(self.classifier(seen).float(), steps)
