"""An answer of the Attention page: the next picture, its windows and crops, made ready to send.

    python benchmarks/attention.py --check

Beside it what cannot be spared, the network's own pass over one picture. Networks are as large
as the shipped ones and untrained, which changes nothing about their speed; the first picture of
each kind is not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.analysis.windows import view_windows
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.papers.attention import NETWORKS
from stnviz.ui.attention.view import attention_data, attention_message
from stnviz.ui.encoding import LATTICE

ANSWER, PASS = "answer of the page", "the network alone"
KINDS = {"mnist-addition": 150.0, "numbers-64": 150.0, "numbers-128": 150.0, "birds": 1000.0}
"""Maximum response time in milliseconds, by data set."""


def case(data: str, model: str) -> str:
    """Heading of a table."""
    return f"{data}, {model}"


def largest(data: str) -> tuple[str, str | None]:
    """The shipped network with the most transformers."""
    return NETWORKS[data][-1]


GOALS = [report.Goal(case(data, largest(data)[0]), ANSWER, limit) for data, limit in KINDS.items()]


def contestants(data: str) -> dict[str, Callable[[], object]]:
    """The page's whole response for the next image, and the network's forward pass alone."""
    experiment, (name, transform) = EXPERIMENTS.get(data), largest(data)
    config = experiment.config(name, transform)
    model = experiment.build(config).eval()
    pictures, _ = experiment.open("shown", None, torch.device("cpu"), config=config)
    turn, (fixed, _) = count(), pictures.picture(0)

    def answer() -> object:
        seen = view_windows(model, pictures.picture(next(turn))[0], LATTICE)
        message = attention_message(
            seen.image, seen.lattices, seen.crops, lattice=LATTICE, answer="", right=True
        )
        return attention_data(message, {})

    def alone() -> object:
        with torch.inference_mode():
            return model(fixed)

    return {ANSWER: answer, PASS: alone}


def main() -> int:
    """Measure every data set."""
    options = report.parser(__doc__ or "").parse_args()
    results = []
    for data in KINDS:
        where = case(data, largest(data)[0])
        taken = report.medians(contestants(data), options.rounds)
        results += [report.Result(where, name, 1e3 * s, "ms", s) for name, s in taken.items()]
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
