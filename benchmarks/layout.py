"""Convolutions on pictures with their channels last, as a ratio to channel by channel.

    python benchmarks/layout.py --check

Crops of birds, as :class:`stnviz.models.imagenet.Normalise` leaves them, through the usual
backbone: for an answer, which only reads, and for a training step, which also learns. House
numbers through the convolutions of :class:`stnviz.models.numbers.NumberNetwork`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.models.imagenet import OFFLINE, create_backbone
from stnviz.models.numbers import NumberNetwork

OURS, BASE = "channels last", "channel by channel"
ANSWER, LEARNING = "birds, an answer, 4 crops", "birds, a training step, 32 crops"
NUMBERS = "house numbers, a training step, 32 crops of 128 pixels"
GOALS = [
    report.Goal(ANSWER, OURS, 1.1),
    report.Goal(LEARNING, OURS, 0.9),
    report.Goal(NUMBERS, OURS, 0.9),
]
"""Training must be at least 10 % faster, and inference at most 10 % slower."""


def passes(network: nn.Module, crops: torch.Tensor, *, learn: bool) -> Callable[[], object]:
    """A function for one forward pass over the crops, with ``learn`` also a backward pass."""

    def answer() -> object:
        with torch.inference_mode():
            return network(crops)

    def step() -> None:
        network.zero_grad()
        network(crops).sum().backward()

    return step if learn else answer


def convolutions() -> nn.Module:
    """The convolutions of the shipped network for house numbers."""
    experiment = EXPERIMENTS.get("numbers-128")
    network = experiment.build(experiment.config("cnn"))
    assert isinstance(network, NumberNetwork)
    return nn.Sequential(*network.layers)


def main() -> int:
    """Measure every case with one thread, as on a server with many users."""
    options = report.parser(__doc__ or "").parse_args()
    torch.set_num_threads(1)
    backbone = create_backbone(OFFLINE)
    results = []
    for case, network, count, side, learn in (
        (ANSWER, backbone, 4, 112, False),
        (LEARNING, backbone, 32, 112, True),
        (NUMBERS, convolutions(), 32, 128, True),
    ):
        network.train(learn)
        plain = torch.rand(count, 3, side, side)
        contestants = {
            BASE: passes(network, plain, learn=learn),
            OURS: passes(network, plain.contiguous(memory_format=torch.channels_last), learn=learn),
        }
        results += report.ratios(case, contestants, base=BASE, rounds=options.rounds)
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
