"""Inverse compositional spatial transformer networks (IC-STN): rectify an image in several steps.

After Lin & Lucey 2017 (arXiv 1612.03897). One small network sees the image as warped so far and
predicts an update of the warp. The update is composed with the warp so far, and the *original*
image is sampled again, so nothing is lost at the edges and nothing is blurred twice. The same
network is used at every step. With one step this is the usual spatial transformer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from stnviz.coordinates import Size, sample
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import ThetaHead, start_at_identity
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import Transform

STEPS = {"cnn": 0, "stn": 1, "ic-stn-2": 2, "ic-stn-3": 3, "ic-stn-4": 4}


@dataclass(frozen=True)
class IterativeConfig(ModelConfig):
    """Hyperparameters of an iterative network; its transform must support composition.

    Args:
        width: filters of the classifier's second convolution.
        classes: number of classes.
    """

    kind: ClassVar[str] = "iterative network"
    names: ClassVar[tuple[str, ...]] = tuple(STEPS)

    width: int
    classes: int = 10


@MODELS.register("iterative")
class IterativeNetwork(Model):
    """A small classifier, behind a transformer of as many steps as its name says."""

    config_type: ClassVar = IterativeConfig
    config: IterativeConfig
    multi_step: ClassVar[bool] = True
    residual_warps: ClassVar[bool] = True

    def __init__(self, config: IterativeConfig) -> None:
        super().__init__(config)
        self.steps = STEPS[config.name]
        self.localisation: nn.Sequential | None = None
        if config.transform is not None:
            self.transform = config.create_transform()
            self.localisation = predictor(config.input_size, self.transform)
        self.classifier = classifier(config)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Output:
        if self.localisation is None:
            return Output(self.classifier(images).float(), ())
        theta = self.transform.identity().to(images.device).expand(len(images), -1)
        seen, steps = images, []
        for tick in range(self.steps):
            update = self.localisation(seen).float()
            theta = self.transform.compose(theta, update)
            grid = self.transform.grid(theta, self.config.input_size)
            seen = sample(images, grid)
            steps.append(Step(self.transform.name, images, theta, grid, seen, tick=tick))
        logits = self.classifier(seen).float()
        if self.training:
            return Output(logits, tuple(steps))
        before = (self.classifier(step.output).float() for step in steps[:-1])
        return Output(logits, tuple(steps), (*before, logits))


def predictor(size: Size, transform: Transform) -> nn.Sequential:
    """Maps the image as warped so far to the update of theta (section 5.2, with fewer filters)."""
    height, width = ((side - 6) // 2 - 6 for side in size)
    network = nn.Sequential(
        ThinConv2d(4, 7), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(4, 8, 7), nn.ReLU(),
        nn.Flatten(), nn.Linear(8 * height * width, 48), nn.ReLU(),
        ThetaHead(48, transform.size),
    )  # fmt: skip
    start_at_identity(network, transform)
    return network


def classifier(config: IterativeConfig) -> nn.Sequential:
    """A narrow :func:`stnviz.models.digits.conv_classifier`, which needs a rectified digit."""
    height, width = (((side - 8) // 2 - 6) // 2 for side in config.input_size)
    return nn.Sequential(
        ThinConv2d(3, 9), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(3, config.width, 7), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Dropout(config.dropout),
        nn.Linear(config.width * height * width, config.classes),
    )  # fmt: skip
