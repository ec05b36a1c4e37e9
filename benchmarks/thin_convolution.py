"""A convolution of one grey channel, forward and backward, as a ratio to ``nn.Conv2d``.

    python benchmarks/thin_convolution.py --check

The picture wants a gradient, as it does behind a spatial transformer. Beside it, what the same
layer costs where the picture wants none: what is above that is the price of teaching theta.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.models.thin_convolution import ThinConv2d

BATCH, SIDES, FILTER = 256, (28, 42), 9
WIDTHS = (20, 40)
BASE, OURS, LIMIT = "nn.Conv2d", "stnviz ThinConv2d", "nn.Conv2d, no gradient to the picture"


def case(side: int, width: int, threads: int) -> str:
    """Heading of a table."""
    return f"{BATCH}x1x{side}x{side}, {width} filters, {threads} thread{'s'[: threads > 1]}"


GOALS = [report.Goal(case(28, width, 1), OURS, 0.5) for width in WIDTHS]


def step(layer: nn.Module, images: torch.Tensor) -> Callable[[], None]:
    """A function for one forward and backward pass."""
    with torch.no_grad():
        downstream = torch.randn_like(layer(images)).contiguous(memory_format=torch.channels_last)

    def run() -> None:
        layer.zero_grad()
        layer(images).backward(downstream)

    return run


def contestants(side: int, width: int) -> dict[str, Callable[[], None]]:
    """The layers to compare, with the same filters and images."""
    torch.manual_seed(0)
    thin = ThinConv2d(width, FILTER).to(memory_format=torch.channels_last)
    usual = nn.Conv2d(1, width, FILTER).to(memory_format=torch.channels_last)
    usual.load_state_dict(thin.state_dict())
    plain = torch.rand(BATCH, 1, side, side)
    wanted = plain.clone().requires_grad_()
    return {BASE: step(usual, wanted), OURS: step(thin, wanted), LIMIT: step(usual, plain)}


def main() -> int:
    """Measure every size with every number of threads."""
    options = report.parser(__doc__ or "").parse_args()
    results = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for side in SIDES:
            for width in WIDTHS:
                results += report.ratios(
                    case(side, width, threads), contestants(side, width),
                    base=BASE, rounds=options.rounds,
                )  # fmt: skip
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
