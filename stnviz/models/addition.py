"""Adding two digits up: networks that see two channels (Jaderberg et al. 2015, appendix A.1).

Each channel holds a digit of its own, turned, scaled and moved for itself. A transformer sees
both channels and warps both alike, so one alone can put only one of the digits upright; two
side by side, each with a localisation network of its own, can share them out. What they read
is laid channel upon channel and classified by fully connected layers, which know nothing of
shifts: whatever invariance there is, the transformers bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.models.digits import DigitConfig, conv_classifier, conv_localisation, dense_classifier
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer

CHANNELS, CLASSES = 2, 19

TRANSFORMERS = {"fcn": 0, "cnn": 0, "st-fcn": 1, "2st-fcn": 2}


@dataclass(frozen=True)
class AdditionConfig(DigitConfig):
    """Everything that rebuilds an addition network: what a digit network has, with more answers.

    Args:
        classes: how many sums there are.
    """

    kind: ClassVar[str] = "addition network"
    names: ClassVar[tuple[str, ...]] = tuple(TRANSFORMERS)

    classes: int = CLASSES


@MODELS.register("addition")
class AdditionNetwork(Model):
    """A classifier of sums, behind as many transformers side by side as its name says.

    Their steps have one tick, and a lane each.
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
