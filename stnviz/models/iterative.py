"""Looking again until it is straight: inverse compositional spatial transformers.

After Lin & Lucey 2017 (arXiv 1612.03897). One small network sees the picture as it has been
warped so far and says how to warp it on; what it says is composed with the warp so far, and the
*original* picture is read anew, so that nothing is lost at edges and nothing is blurred twice.
The same network looks every time. With one look it is the usual spatial transformer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size, sample
from stnviz.models.output import MODELS, Model, Output, check_network
from stnviz.models.spatial_transformer import ThetaHead, start_at_identity
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.records import Step
from stnviz.transforms import Transform, create_transform

Name = Literal["cnn", "stn", "ic-stn-2", "ic-stn-3", "ic-stn-4"]
NAMES: tuple[Name, ...] = get_args(Name)
LOOKS: dict[Name, int] = {"cnn": 0, "stn": 1, "ic-stn-2": 2, "ic-stn-3": 3, "ic-stn-4": 4}


@dataclass(frozen=True)
class IterativeConfig:
    """Everything that rebuilds an iterative network.

    Args:
        name: one of ``NAMES``; the figure says how often it looks.
        input_size: (height, width) of the picture.
        width: filters of the classifier's second convolution.
        transform: registered transform whose maps compose, such as projective; None for cnn.
        transform_options: constructor options of the transform.
        classes: how many answers there are.
        dropout: share of the classifier's features left out while training.
    """

    name: Name
    input_size: Size
    width: int
    transform: str | None = None
    transform_options: dict[str, Any] = field(default_factory=dict)
    classes: int = 10
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_network(
            "iterative network", self.name, NAMES, self.transform,
            looks=bool(LOOKS.get(self.name)),
        )  # fmt: skip


class IterativeNetwork(Model):
    """A small classifier, behind a transformer that looks as often as its name says."""

    config: IterativeConfig
    multi_step: ClassVar[bool] = True
    residual_warps: ClassVar[bool] = True

    def __init__(self, config: IterativeConfig) -> None:
        super().__init__()
        self.config, self.looks = config, LOOKS[config.name]
        self.localisation: nn.Sequential | None = None
        if config.transform is not None:
            self.transform = create_transform(config.transform, **config.transform_options)
            self.localisation = predictor(config.input_size, self.transform)
        self.classifier = classifier(config)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Output:
        if self.localisation is None:
            return Output(self.classifier(images).float(), ())
        theta = self.transform.identity().to(images.device).expand(len(images), -1)
        seen, steps = images, []
        for tick in range(self.looks):
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
    """From the picture as it is warped so far to how to warp it on (section 5.2, made smaller)."""
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
    """As :func:`stnviz.models.digits.conv_classifier`, so narrow that it needs a straight digit."""
    height, width = (((side - 8) // 2 - 6) // 2 for side in config.input_size)
    return nn.Sequential(
        ThinConv2d(3, 9), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(3, config.width, 7), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Dropout(config.dropout),
        nn.Linear(config.width * height * width, config.classes),
    )  # fmt: skip


@MODELS.register("iterative")
def build_iterative(config: dict[str, Any]) -> IterativeNetwork:
    """Rebuild an iterative network from the plain values of a card."""
    return IterativeNetwork(
        IterativeConfig(**{**config, "input_size": tuple(config["input_size"])})
    )
