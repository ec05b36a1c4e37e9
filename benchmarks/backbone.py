"""The usual bird backbone on a batch of crops, as a ratio to the layout that torch gives them.

    python benchmarks/backbone.py --check

Crops laid out with their channels last, as :class:`stnviz.models.imagenet.Normalise` leaves them,
against the same crops channel by channel: for an answer, which only reads, and for a training
step, which also learns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.data.birds.plumage import SPECIES
from stnviz.models.birds import BirdConfig, BirdNetwork

SIDE = 112
OURS, BASE = "channels last", "channel by channel"
ANSWER, LEARNING = "an answer, 4 crops", "a training step, 32 crops"
GOALS = [report.Goal(ANSWER, OURS, 1.1), report.Goal(LEARNING, OURS, 0.9)]
"""Faster where it is trained, and no slower where it answers."""


def passes(network: BirdNetwork, crops: torch.Tensor, *, learn: bool) -> Callable[[], object]:
    """One pass over crops that are normalised already."""

    def answer() -> torch.Tensor:
        with torch.inference_mode():
            return network.backbone(crops)

    def step() -> None:
        network.zero_grad()
        network.backbone(crops).sum().backward()

    return step if learn else answer


def main() -> int:
    """An answer and a step, with one thread, as a server of many has it."""
    options = report.parser(__doc__ or "").parse_args()
    torch.set_num_threads(1)
    network = BirdNetwork(BirdConfig("cnn", (2 * SIDE, 2 * SIDE), (SIDE, SIDE), SPECIES))
    results = []
    for case, count, learn in ((ANSWER, 4, False), (LEARNING, 32, True)):
        network.train(learn)
        ours = network.normalise(torch.rand(count, 3, SIDE, SIDE))
        contestants = {
            BASE: passes(network, ours.contiguous(), learn=learn),
            OURS: passes(network, ours, learn=learn),
        }
        results += report.ratios(case, contestants, base=BASE, rounds=options.rounds)
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
