"""Verdicts at a snapshot of a training, as a ratio to one training step.

    python benchmarks/health.py --check

The step is one of the usual digit network on 256 images, forward and backward; the verdicts are
those on 64 of its images, five times as many as a run's probe has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.analysis.health.health import judge_steps
from stnviz.experiments.catalogue import EXPERIMENTS

STEP, VERDICTS = "a training step, 256 images", "verdicts, 64 images"
TRANSFORMS = ("affine", "thin-plate-spline")
GOALS = [report.Goal(name, VERDICTS, 0.25) for name in TRANSFORMS]


def contestants(transform: str) -> dict[str, Callable[[], object]]:
    """A training step, and the verdicts on a part of its images."""
    experiment = EXPERIMENTS.get("mnist-r")
    network = experiment.build(experiment.config("st-cnn", transform))
    images, labels = torch.rand(256, 1, 28, 28), torch.randint(0, 10, (256,))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
        steps = network(images[:64]).steps

    def train() -> None:
        network.zero_grad()
        F.cross_entropy(network(images).logits, labels).backward()

    return {STEP: train, VERDICTS: lambda: judge_steps(steps)}


def main() -> int:
    """Measure every transform on one thread."""
    options = report.parser(__doc__ or "").parse_args()
    torch.set_num_threads(1)
    results = []
    for name in TRANSFORMS:
        results += report.ratios(name, contestants(name), base=STEP, rounds=options.rounds)
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
