"""Co-localisation: find the object that many images share with an attention transformer.

After Jaderberg et al. 2015, appendix A.2. The network has no classifier: its output is theta
itself. It is trained by the loss of :mod:`stnviz.experiments.colocalise`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.shapes import Float
from stnviz.transforms import create_transform

SPAN = 1.2
"""Largest factor by which a window can grow or shrink."""


@dataclass(frozen=True)
class FinderConfig(ModelConfig):
    """Hyperparameters of a finder.

    Args:
        sampled_size: (height, width) of the transformer's output.
        classes: size of the output: the parameters of theta.
    """

    kind: ClassVar[str] = "finder"
    names: ClassVar[tuple[str, ...]] = ("st-finder",)

    sampled_size: Size
    transform: str | None = field(default="attention", kw_only=True)
    classes: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.transform != "attention":
            raise ValueError(
                f"A finder's window is upright: choose attention, not {self.transform}."
            )


@MODELS.register("finder")
class Finder(Model):
    """Predicts one attention window for each image.

    Its logits are theta itself: (scale, x, y).
    """

    config_type: ClassVar = FinderConfig
    config: FinderConfig

    def __init__(self, config: FinderConfig) -> None:
        super().__init__(config)
        transform = create_transform("attention")
        localisation = conv_localisation(config.input_size, transform.size)
        self.transformer = SpatialTransformer(localisation, transform, config.sampled_size)
        with torch.no_grad():
            cast(ThetaHead, localisation[-1]).bias.zero_()
        localisation.append(Inside(config.sampled_size[0] / config.input_size[0]))

    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        step = self.transformer.step(images)
        return Output(step.theta, (step,))


class Inside(nn.Module):
    """Maps any three numbers to a window inside the image.

    Zeros give the centred window that is sampled at its own resolution. Without bounds there are
    two trivial ways to sample the same content in every image: a window beside the image, and a
    window shrunk to a single point.

    Args:
        size: of the centred window, as a share of the image.
    """

    def __init__(self, size: float) -> None:
        super().__init__()
        self.size = size

    def forward(self, free: Float[Tensor, "b 3"]) -> Float[Tensor, "b 3"]:
        """Theta of an attention transform."""
        size = self.size * (math.log(SPAN) * free[:, :1].tanh()).exp()
        return torch.cat([size, (1 - size) * free[:, 1:].tanh()], dim=1)


def conv_localisation(size: Size, numbers: int) -> nn.Sequential:
    """Three convolutions, each pooled, on the image at half size; 64 units; theta.

    The images are nearly black. Without batch normalisation their features are so small that the
    head's bias, which moves all windows alike, learns ten times as fast as its weights.
    """
    height, width = (side // 16 for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(1, 32, 5, padding=2), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * height * width, 64), nn.BatchNorm1d(64), nn.ReLU(),
        ThetaHead(64, numbers),
    )  # fmt: skip
