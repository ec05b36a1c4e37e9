"""Networks on volumes (Jaderberg et al. 2015, appendix A.3).

All of them see a picture: the volume, flattened along its depth. ``cnn`` flattens it as it comes,
``cnn-views`` along all three axes, and ``st-cnn`` after a spatial transformer has turned it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from stnviz.models.config import ModelConfig
from stnviz.models.digits import conv_classifier
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.shapes import Float

FRONT, ALL_AXES = (2,), (2, 3, 4)
"""Axes of (B, C, D, H, W) along which a volume is flattened: its depth, or each of the three."""

FILTERS = 16
"""Filters of each convolution of the localisation network."""


@dataclass(frozen=True)
class VolumeConfig(ModelConfig):
    """Hyperparameters of a network on volumes; ``input_size`` is (height, width).

    Args:
        depth: of the volumes, in voxels.
        width: filters of the classifier's second convolution.
        thickness: of the solids in the volumes, in voxels; flattened, one that faces the viewer
            is as bright as its picture.
        classes: number of classes.
    """

    kind: ClassVar[str] = "network on volumes"
    names: ClassVar[tuple[str, ...]] = ("cnn", "cnn-views", "st-cnn")

    depth: int
    width: int
    thickness: int
    classes: int = 10


@MODELS.register("volumes")
class VolumeNetwork(Model):
    """A classifier of flattened volumes, behind a spatial transformer or not."""

    config_type: ClassVar = VolumeConfig
    config: VolumeConfig

    def __init__(self, config: VolumeConfig) -> None:
        super().__init__(config)
        self.transformer: SpatialTransformer | None = None
        if config.transform is not None:
            transform = config.create_transform()
            sides = (config.depth, *config.input_size)
            localisation = volume_localisation(sides, transform.size)
            self.transformer = SpatialTransformer(localisation, transform)
        views = 3 if config.name == "cnn-views" else 1
        self.classifier = conv_classifier(
            views, config.input_size, config.width, config.classes, config.dropout
        )

    def forward(self, volumes: Float[Tensor, "b 1 d h w"]) -> Output:
        steps = () if self.transformer is None else (self.transformer.step(volumes),)
        seen = self.flattened(steps[0].output if steps else volumes)
        return Output(self.classifier(seen).float(), steps)

    def flattened(self, volumes: Float[Tensor, "b 1 d h w"]) -> Float[Tensor, "b v h w"]:
        """What the classifier sees: the sum along the depth, or along each axis."""
        axes = ALL_AXES if self.config.name == "cnn-views" else FRONT
        return flatten(volumes, self.config.thickness, axes)


def flatten(
    volumes: Float[Tensor, "b 1 d h w"], thickness: float, axes: tuple[int, ...] = FRONT
) -> Float[Tensor, "b v h w"]:
    """The sums of volumes along axes, one picture for each; ``thickness`` voxels of 1 are white."""
    return torch.cat([volumes.sum(dim=axis) for axis in axes], dim=1) / thickness


def volume_localisation(size: tuple[int, int, int], numbers: int) -> nn.Sequential:
    """On the volume at half size: 16 5x5x5 filters, pool, 16 3x3x3 filters, 32 units, theta."""
    depth, height, width = ((side // 2 - 4) // 2 - 2 for side in size)
    return nn.Sequential(
        nn.AvgPool3d(2),
        nn.Conv3d(1, FILTERS, 5), nn.MaxPool3d(2), nn.ReLU(),
        nn.Conv3d(FILTERS, FILTERS, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(FILTERS * depth * height * width, 32), nn.ReLU(),
        ThetaHead(32, numbers),
    )  # fmt: skip
