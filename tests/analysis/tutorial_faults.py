"""PyTorch's tutorial network with one fault each, trained on turned digits: the guide's cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.data.digits import gallery
from stnviz.transforms import create_transform

BATCH = 64
MEAN, STD = 0.1307, 0.3081


def turned(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Digits of the gallery, turned by up to 60 degrees, normalised as the tutorial does."""
    draw = torch.Generator().manual_seed(seed)
    digits = gallery()
    chosen = torch.randint(len(digits.images), (count,), generator=draw)
    images = torch.from_numpy(digits.images)[chosen][:, None].float() / 255
    angle = (2 * torch.rand(count, generator=draw) - 1) * torch.pi / 3
    theta = torch.stack([angle, torch.ones(count), torch.zeros(count), torch.zeros(count)], dim=1)
    grid = create_transform("similarity").grid(theta, (28, 28))
    images = F.grid_sample(images, grid, align_corners=False)
    return (images - MEAN) / STD, torch.from_numpy(digits.labels)[chosen].long()


class Tutorial(nn.Module):
    """The tutorial's network; a fault replaces one of its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(8, 10, 5), nn.MaxPool2d(2), nn.ReLU(),
        )  # fmt: skip
        self.fc_loc = nn.Sequential(nn.Linear(90, 32), nn.ReLU(), nn.Linear(32, 6))
        self.fc_loc[2].weight.data.zero_()
        self.fc_loc[2].bias.data.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))
        self.grid_corners = self.sample_corners = False

    def theta(self, x: Tensor) -> Tensor:
        theta: Tensor = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        return theta

    def stn(self, x: Tensor) -> Tensor:
        grid = F.affine_grid(self.theta(x), list(x.shape), align_corners=self.grid_corners)
        return F.grid_sample(x, grid, align_corners=self.sample_corners)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stn(x)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2)).flatten(1)
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


class Detached(Tutorial):
    def theta(self, x: Tensor) -> Tensor:
        return super().theta(x).detach()


class InPixels(Tutorial):
    def theta(self, x: Tensor) -> Tensor:
        theta = super().theta(x)
        return theta + F.pad(theta.new_full((2, 1), 14.0), (2, 0))  # "to the middle of 28 pixels"


def without_identity(model: Tutorial) -> None:
    model.fc_loc[2].bias.data.zero_()


def dead_units(model: Tutorial) -> None:
    model.fc_loc[0].bias.data.fill_(-100.0)
    model.fc_loc[2].bias.data[2] = 0.2  # so that it is not the identity by chance


def saturated(model: Tutorial) -> None:
    model.fc_loc[1] = nn.Tanh()
    model.fc_loc[0].bias.data.fill_(100.0)
    model.fc_loc[2].bias.data[2] = 0.2


def mixed_corners(model: Tutorial) -> None:
    model.grid_corners = True


def mirrored(model: Tutorial) -> None:
    model.fc_loc[2].bias.data[0] = -1.0


def nothing(model: Tutorial) -> None:
    """No fault."""


@dataclass(frozen=True)
class Fault:
    """A fault, and what the program says of it.

    Args:
        build: the network.
        spoil: what is done to it before training.
        verdicts: names of verdicts that must be found.
        cause: words that the cause of the first of them must have.
        learning_rate: of the whole network.
        frozen: whether the optimiser lacks the localisation network.
        steps: of training; 0 looks at the start.
    """

    verdicts: tuple[str, ...]
    cause: str = ""
    build: type[Tutorial] = Tutorial
    spoil: Callable[[Tutorial], None] = nothing
    learning_rate: float = 0.01
    frozen: bool = False
    steps: int = 150


FAULTS: dict[str, Fault] = {
    "healthy": Fault(()),
    "the last layer starts at zero, and its bias too": Fault(
        ("collapsed",), spoil=without_identity, steps=0
    ),
    "theta is detached": Fault(("zero-gradient",), build=Detached),
    "the optimiser lacks the localisation network": Fault(("identity",), frozen=True),
    "the units before the last layer are dead": Fault(("constant",), "units", spoil=dead_units),
    "a tanh behind a large bias": Fault(("constant",), "tanh", spoil=saturated),
    "shifts in pixels": Fault(("theta-in-pixels",), build=InPixels),
    "align_corners differs": Fault(("half-pixel-shift",), spoil=mixed_corners),
    "mirrored at the start": Fault(("mirrored",), spoil=mirrored),
    "the learning rate is far too large": Fault(("out-of-view",), learning_rate=30.0),
}


def parameters(model: Tutorial, fault: Fault) -> Iterator[nn.Parameter]:
    for name, parameter in model.named_parameters():
        if not (fault.frozen and "loc" in name):
            yield parameter


def train(fault: Fault) -> Tutorial:
    """Train the faulty network, as the tutorial does, with plain SGD."""
    torch.manual_seed(0)
    model = fault.build()
    fault.spoil(model)
    optimiser = torch.optim.SGD(parameters(model, fault), lr=fault.learning_rate, momentum=0.9)
    for step in range(fault.steps):
        images, labels = turned(BATCH, 1000 + step)
        optimiser.zero_grad()
        F.nll_loss(model(images), labels).backward()
        optimiser.step()
    return model.eval()
