"""Adding two digits up: networks that see two channels (Jaderberg et al. 2015, appendix A.1).

Each channel holds a digit of its own, turned, scaled and moved for itself. A transformer sees
both channels and warps both alike, so one alone can put only one of the digits upright; two
side by side, each with a localisation network of its own, can share them out. What they read
is laid channel upon channel and classified by fully connected layers, which know nothing of
shifts: whatever invariance there is, the transformers bring.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.digits import conv_classifier, conv_localisation, dense_classifier
from stnviz.models.output import MODELS, Model, Output, check_network
from stnviz.models.spatial_transformer import SpatialTransformer
from stnviz.transforms import create_transform

Name = Literal["fcn", "cnn", "st-fcn", "2st-fcn"]
NAMES: tuple[Name, ...] = get_args(Name)
CHANNELS, CLASSES = 2, 19

TRANSFORMERS: dict[Name, int] = {"fcn": 0, "cnn": 0, "st-fcn": 1, "2st-fcn": 2}


@dataclass(frozen=True)
class AdditionConfig:
    """Everything that rebuilds an addition network.

    Args:
        name: fcn, cnn, st-fcn or 2st-fcn.
        input_size: (height, width) of both channels.
        width: units of both hidden layers, or filters of the second convolution.
        transform: registered transform of the transformers, None where there are none.
        transform_options: constructor options of the transform.
        sampled_size: what each transformer reads out.
        pool: average-pooling after the transformers.
        classes: how many sums there are.
        dropout: share of the classifier's features left out while training.
    """

    name: Name
    input_size: Size
    width: int
    transform: str | None = None
    transform_options: dict[str, Any] = field(default_factory=dict)
    sampled_size: Size | None = None
    pool: int = 1
    classes: int = CLASSES
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_network(
            "addition network", self.name, NAMES, self.transform,
            looks=bool(TRANSFORMERS.get(self.name)),
        )  # fmt: skip


class AdditionNetwork(Model):
    """A classifier of sums, behind as many transformers side by side as its name says."""

    config: AdditionConfig

    def __init__(self, config: AdditionConfig) -> None:
        super().__init__()
        self.config = config
        count = TRANSFORMERS[config.name]
        self.transformers = nn.ModuleList()
        for lane in range(count):
            assert config.transform is not None
            transform = create_transform(config.transform, **config.transform_options)
            look = conv_localisation(CHANNELS, config.input_size, transform.size)
            self.transformers.append(
                SpatialTransformer(look, transform, config.sampled_size, lane=lane)
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


@MODELS.register("addition")
def build_addition(config: dict[str, Any]) -> AdditionNetwork:
    """Rebuild an addition network from the plain values of a card."""
    sizes = {key: tuple(config[key]) for key in ("input_size", "sampled_size") if config.get(key)}
    return AdditionNetwork(AdditionConfig(**{**config, **sizes}))
