"""An answer of the Steps page: a picture laid out anew, its trace, made ready to send.

    python benchmarks/steps.py --check

Beside it what cannot be spared, the network's own pass over one picture. Networks are as large
as the shipped ones and untrained, which changes nothing about their speed; the first picture of
each kind is not counted. Glasses are also asked for sharp, 384 pixels a side.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.analysis.step_trace import trace_steps
from stnviz.data.arrangement import EditableSource
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.live.protocol import Edit, StepTraceRequest
from stnviz.live.step_traces import SHARP, encode
from stnviz.records.lattices import WINDOW_LATTICE

ANSWER, SHARP_ANSWER, PASS = "answer while a hand moves", "sharp answer", "the network alone"
KINDS = {
    "sequences": ("rnn-spn-d3", "translation"),
    "mnist-perturbed": ("ic-stn-4", "projective"),
    "glasses": ("st-gan", "similarity"),
}
WHILE_MOVING, ON_A_CLICK = 150.0, 1000.0
"""Maximum response times in milliseconds."""


def case(data: str) -> str:
    """Heading of a table."""
    return f"{data}, {KINDS[data][0]}"


GOALS = [report.Goal(case(data), ANSWER, WHILE_MOVING) for data in KINDS]
GOALS += [report.Goal(case("glasses"), SHARP_ANSWER, ON_A_CLICK)]


def contestants(data: str) -> dict[str, Callable[[], object]]:
    """The page's whole response to an edited image, and the network's forward pass alone."""
    experiment, (name, transform) = EXPERIMENTS.get(data), KINDS[data]
    model = experiment.build(experiment.config(name, transform)).eval()
    pictures, _ = experiment.open("shown", None, torch.device("cpu"))
    assert isinstance(pictures, EditableSource)
    turn, fixed = count(), pictures.arrange(0)

    def answer(side: int | None) -> bytes:
        index = next(turn) % len(pictures)
        with torch.inference_mode():
            laid = pictures.arrange(index, fixed.handles)
            made = trace_steps(model, laid, WINDOW_LATTICE, side)
        request = StepTraceRequest(version=1, id=0, network=name, edit=Edit(picture=index))
        return encode(request, experiment, made, laid, {})

    def alone() -> object:
        with torch.inference_mode():
            return model(fixed.images)

    sharp = {SHARP_ANSWER: lambda: answer(SHARP)} if fixed.larger else {}
    return {ANSWER: lambda: answer(None), **sharp, PASS: alone}


def main() -> int:
    """Measure every data set."""
    options = report.parser(__doc__ or "").parse_args()
    results = []
    for data in KINDS:
        taken = report.medians(contestants(data), options.rounds)
        results += [report.Result(case(data), name, 1e3 * s, "ms", s) for name, s in taken.items()]
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
