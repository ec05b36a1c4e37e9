"""A forward pass that is captured, as a ratio to the same pass alone.

    python benchmarks/capture.py --check

The block is opened for every pass, and one image is kept: what is measured is the watching, not the
copying. Beside it, a capture with all images kept and its trace read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v3_small, resnet18

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import stnviz
from benchmarks import report

BARE, WATCHED, WHOLE = "the pass alone", "watched", "all images kept, with their trace"


class Dropped(nn.Module):
    """A classifier with a transformer in front of it."""

    def __init__(self, classifier: nn.Module, channels: int, side: int) -> None:
        super().__init__()
        look = nn.Sequential(
            nn.AvgPool2d(side // 14), nn.Conv2d(channels, 8, 3), nn.ReLU(), nn.Flatten(),
            nn.LazyLinear(32), nn.ReLU(), nn.Linear(32, 6),
        )  # fmt: skip
        self.transformer = stnviz.SpatialTransformer(look, stnviz.create_transform("affine"))
        self.classifier = classifier

    def forward(self, images: Tensor) -> Tensor:
        """Answers for images as the transformer hands them on."""
        answers: Tensor = self.classifier(self.transformer(images))
        return answers


def tutorial() -> nn.Module:
    """A classifier of the size of PyTorch's tutorial."""
    return nn.Sequential(
        nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(10, 20, 5), nn.MaxPool2d(2),
        nn.ReLU(), nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10),
    )  # fmt: skip


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "the tutorial's network": (tutorial, (64, 1, 28, 28)),
    "ResNet-18, small images": (lambda: resnet18(weights=None), (64, 3, 32, 32)),
    "ResNet-18": (lambda: resnet18(weights=None), (4, 3, 224, 224)),
    "MobileNet v3": (lambda: mobilenet_v3_small(weights=None), (8, 3, 224, 224)),
}


def case(name: str) -> str:
    """Heading of a table."""
    return f"{name}, {'x'.join(map(str, NETWORKS[name][1]))}"


GOALS = [report.Goal(case(name), WATCHED, 1.2) for name in NETWORKS]


def contestants(name: str) -> dict[str, Callable[[], object]]:
    """The same network with the same weights, alone, watched, and captured as a whole."""
    build, shape = NETWORKS[name]
    images = torch.rand(shape)

    def network() -> nn.Module:
        torch.manual_seed(0)
        model = Dropped(build(), shape[1], shape[2]).eval()
        model(images)
        return model

    bare, watched, whole = network(), network(), network()

    def watch() -> None:
        with stnviz.capture(watched, images=1):
            watched(images)

    def capture() -> None:
        with stnviz.capture(whole) as recording:
            whole(images)
        assert recording.trace.steps

    return {BARE: lambda: bare(images), WATCHED: watch, WHOLE: capture}


def main() -> int:
    """Measure every network on one thread."""
    options = report.parser(__doc__ or "").parse_args()
    torch.set_num_threads(1)
    results = []
    with torch.no_grad():
        for name in list(NETWORKS)[: 1 if options.smoke else None]:
            results += report.ratios(
                case(name), contestants(name), base=BARE, rounds=options.rounds
            )
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
