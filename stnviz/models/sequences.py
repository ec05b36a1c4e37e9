"""Sequences of digits: recurrent (RNN-SPN) and feed-forward (FFN-SPN) spatial transformers.

After Sønderby et al. 2015 (arXiv 1509.05329). RNN-SPN sees the whole image once and predicts one
theta per step: its GRU receives the same features at every step, and only its hidden state
changes. FFN-SPN predicts all thetas at once. Every glimpse is sampled from the original image,
smaller by a factor d, and one classifier predicts the digit in each. The plain CNN has the same
layers and classifies the whole image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from stnviz.coordinates import Size, sample
from stnviz.models.config import ModelConfig
from stnviz.models.output import MODELS, Model, Output
from stnviz.models.spatial_transformer import ThetaHead, antithetic_pair, start_at_identity
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.records import Step
from stnviz.shapes import Float
from stnviz.transforms import Transform

LOOKED, FEATURES, MEMORY, FILTERS = 20, 64, 96, 32
"""Filters of each localisation convolution, number of image features, units of the GRU, and
filters of each classifier convolution."""

LARGEST = 10
"""Feature maps larger than this are pooled once more before the dense layer, which would otherwise
hold nearly all parameters of a network with large glimpses."""


@dataclass(frozen=True)
class SequenceConfig(ModelConfig):
    """Hyperparameters of a network for digit sequences.

    Args:
        length: number of digits.
        units: units of the classifier's hidden layer.
        classes: number of classes of each digit.
    """

    kind: ClassVar[str] = "sequence network"
    names: ClassVar[tuple[str, ...]] = (
        "cnn", "ffn-spn-d2", "ffn-spn-d3", "rnn-spn-d1", "rnn-spn-d2", "rnn-spn-d3", "rnn-spn-d4",
    )  # fmt: skip
    """dN: a glimpse is N times smaller than the image."""

    length: int
    units: int
    classes: int = 10

    @property
    def glimpse_size(self) -> Size:
        """(height, width) of the glimpse sampled at each step."""
        height, width = self.input_size
        smaller = int(self.name[-1]) if self.transform is not None else 1
        return height // smaller, width // smaller


@MODELS.register("sequences")
class SequenceNetwork(Model):
    """Predicts one class for each digit, from left to right."""

    config_type: ClassVar = SequenceConfig
    config: SequenceConfig
    multi_step: ClassVar[bool] = True

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__(config)
        self.localisation: Places | None = None
        answers = config.classes
        if config.transform is None:
            answers *= config.length
        else:
            self.transform = config.create_transform()
            build = Recurrent if config.name.startswith("rnn") else AllAtOnce
            self.localisation = build(config, self.transform)
        self.reader = reader(config, answers)

    @property
    def perturbable(self) -> tuple[int, int] | None:
        """Number of windows, and parameters of each."""
        return (self.config.length, self.transform.size) if self.localisation else None

    def forward(
        self, images: Float[Tensor, "b 1 h w"], moves: Float[Tensor, "b n p"] | None = None
    ) -> Output:
        """Classify the digits.

        Args:
            images: in [0, 1].
            moves: perturbation of each window's theta, in training by perturbation; the output
                then has batch size 2B, and no gradient flows to theta through the sampler.
        """
        config = self.config
        if self.localisation is None:
            logits = self.reader(images).float().unflatten(1, (config.length, config.classes))
            return Output(logits, ())
        thetas = self.localisation(images)
        if moves is not None:
            images, thetas = antithetic_pair(images, thetas, moves)
        steps = []
        for tick, theta in enumerate(thetas.unbind(dim=1)):
            sampled_theta = theta if moves is None else theta.detach()
            grid = self.transform.grid(sampled_theta, config.glimpse_size)
            glimpse = sample(images, grid)
            steps.append(Step(self.transform.name, images, theta, grid, glimpse, tick=tick))
        # One pass over all glimpses: the classifier treats each of them independently.
        read = self.reader(torch.cat([step.output for step in steps])).float()
        return Output(torch.stack(read.chunk(len(steps)), dim=1), tuple(steps))


class Places(nn.Module):
    """Base of the localisation networks: predict theta of every glimpse, (B, steps, P).

    The images are nearly black, so features would be small, and the head's bias, which moves all
    glimpses alike, would learn much faster than its weights; at a high learning rate every ReLU
    dies. With batch normalisation, which the paper does not use, the features distinguish images
    from the start.
    """

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        height, width = config.input_size
        for _ in range(3):
            height, width = height // 2 - 2, width // 2 - 2
        self.look = nn.Sequential(
            nn.MaxPool2d(2), ThinConv2d(LOOKED, 3), nn.BatchNorm2d(LOOKED), nn.ReLU(),
            nn.MaxPool2d(2), nn.Conv2d(LOOKED, LOOKED, 3), nn.BatchNorm2d(LOOKED), nn.ReLU(),
            nn.MaxPool2d(2), nn.Conv2d(LOOKED, LOOKED, 3), nn.BatchNorm2d(LOOKED), nn.ReLU(),
            nn.Flatten(), nn.Linear(LOOKED * height * width, FEATURES),
            nn.BatchNorm1d(FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.length = config.length


class Recurrent(Places):
    """RNN-SPN: a GRU gets the same features at every step; its state distinguishes the steps."""

    def __init__(self, config: SequenceConfig, transform: Transform) -> None:
        super().__init__(config)
        self.memory = nn.GRU(FEATURES, MEMORY, batch_first=True)
        self.head = ThetaHead(MEMORY, transform.size)
        start_at_identity(self.head, transform)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b n p"]:
        seen = self.look(images)[:, None].expand(-1, self.length, -1)
        remembered, _ = self.memory(seen)
        return torch.stack([self.head(moment) for moment in remembered.unbind(dim=1)], dim=1)


class AllAtOnce(Places):
    """FFN-SPN: a layer as wide as the GRU, and a head that predicts theta of all steps at once."""

    def __init__(self, config: SequenceConfig, transform: Transform) -> None:
        super().__init__(config)
        self.layer = nn.Sequential(nn.Linear(FEATURES, MEMORY), nn.ReLU())
        self.head = ThetaHead(MEMORY, config.length * transform.size)
        start_at_identity(self.head, transform, config.length)

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b n p"]:
        return self.head(self.layer(self.look(images))).unflatten(1, (self.length, -1))


def reader(config: SequenceConfig, answers: int) -> nn.Sequential:
    """The classifier of a glimpse: three 3x3 convolutions, two pooled, a layer of ``config.units``.

    It has batch normalisation, which the paper does not use: the classifier must learn while the
    windows still move around, or they receive no useful gradient.
    """
    height, width = (((side - 2) // 2 - 2) // 2 - 2 for side in config.glimpse_size)
    pool = 1
    if max(height, width) > LARGEST:
        height, width, pool = height // 2, width // 2, 2
    return nn.Sequential(
        ThinConv2d(FILTERS, 3), nn.MaxPool2d(2), nn.BatchNorm2d(FILTERS), nn.ReLU(),
        nn.Conv2d(FILTERS, FILTERS, 3), nn.MaxPool2d(2), nn.BatchNorm2d(FILTERS), nn.ReLU(),
        nn.Conv2d(FILTERS, FILTERS, 3), nn.MaxPool2d(pool), nn.BatchNorm2d(FILTERS), nn.ReLU(),
        nn.Flatten(), nn.Dropout(config.dropout),
        nn.Linear(FILTERS * height * width, config.units), nn.BatchNorm1d(config.units), nn.ReLU(),
        nn.Dropout(config.dropout), nn.Linear(config.units, answers),
    )  # fmt: skip
