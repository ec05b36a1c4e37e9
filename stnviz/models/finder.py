"""Finding what many pictures share: an attention transformer and nothing behind it.

After Jaderberg et al. 2015, appendix A.2. The network has no classifier: its answer is where
it looks, theta itself. What tells it whether it looks well lies in the loss
(:mod:`stnviz.training.experiments.colocalise`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stnviz.coordinates import Size
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import SpatialTransformer, ThetaHead
from stnviz.transforms import create_transform
from stnviz.transforms.matrix import AffineFamily

Name = Literal["st-finder"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True)
class FinderConfig:
    """Everything that rebuilds a finder.

    Args:
        name: st-finder.
        input_size: (height, width) of the pictures.
        sampled_size: what the transformer reads out.
        transform: registered transform.
        classes: numbers of an answer, those of theta.
    """

    name: Name
    input_size: Size
    sampled_size: Size
    transform: str
    classes: int

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"Unknown finder {self.name!r}: choose one of {', '.join(NAMES)}.")


class Finder(Model):
    """Where to look in each picture."""

    config: FinderConfig

    def __init__(self, config: FinderConfig) -> None:
        super().__init__()
        self.config = config
        transform = create_transform(config.transform)
        look = conv_localisation(config.input_size, transform.size)
        self.transformer = SpatialTransformer(look, transform, config.sampled_size)
        self._begin_small()

    def _begin_small(self) -> None:
        """Let the window begin in the middle, at the size that reads pixel by pixel.

        The whole picture would be a bad start: a window that holds everything holds the digit.
        """
        transform, (last, *_) = self.transformer.transform, reversed(list(self.modules()))
        assert isinstance(transform, AffineFamily)
        assert isinstance(last, ThetaHead)
        height, width = (
            part / whole
            for part, whole in zip(self.config.sampled_size, self.config.input_size, strict=True)
        )
        with torch.no_grad():
            last.bias.copy_(transform.from_rows(torch.tensor([[[width, 0, 0], [0, height, 0]]]))[0])

    def forward(self, images: Float[Tensor, "b c h w"]) -> Output:
        step = self.transformer.step(images)
        return Output(step.theta, (step,))


def conv_localisation(size: Size, numbers: int) -> nn.Sequential:
    """Three convolutions, each pooled, on the picture at half size; 64 units; theta."""
    height, width = (side // 16 for side in size)
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(1, 32, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * height * width, 64), nn.ReLU(),
        ThetaHead(64, numbers),
    )  # fmt: skip


@MODELS.register("finder")
def build_finder(config: dict[str, Any]) -> Finder:
    """Rebuild a finder from the plain values of a card."""
    sizes = {key: tuple(config[key]) for key in ("input_size", "sampled_size")}
    return Finder(FinderConfig(**{**config, **sizes}))
