"""How much of a training step is the network: the real loop against its rivals.

    python benchmarks/training.py --check

The real loop draws digits, distorts them, trains, keeps its record and looks at its probe.
Its rivals train the same network, an ST-CNN affine on rotated digits, batches of 256:

    network alone            forward and backward on one fixed batch, nothing else
    slow layout              the same, where filters of one channel have the strides that
                             `contiguous` leaves them: see stnviz/training/devices.py
    DataLoader               torchvision's transforms image by image, in this process
    DataLoader, 2 workers    the same with two worker processes
    the usual script         the DataLoader before a network as scripts have it: nn.Conv2d
                             everywhere, float32, PyTorch's own layout in memory

The first two DataLoaders feed our network, so that they differ from the loop in their data alone.

Numbers are steps per second as a share of the real loop's; above 1 is faster than the loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from stnviz.data.batches import Batches
from stnviz.data.digits import Digits, gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.experiments.catalogue import EXPERIMENTS
from stnviz.experiments.recipe import Recipe
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.models.thin_convolution import ThinConv2d
from stnviz.training.devices import autocast, place
from stnviz.training.loop import Training
from stnviz.training.probe import Probe

CPU = torch.device("cpu")
CASE = "ST-CNN affine on R, batch 256"
RECIPE = Recipe("mnist-r", steps=12_000)
STEPS = 270
"""Steps of the loop per round: the number between two snapshots of the probe in mid-training."""

FEW = 40
"""Steps of each rival per round."""

SMOKE_STEPS = 2
"""Steps of each contestant in a smoke run."""

GOALS = [
    report.Goal(CASE, "network alone", 1 / 0.9),
    report.Goal(CASE, "slow layout", 0.85),
    report.Goal(CASE, "DataLoader", 1 / 3),
    report.Goal(CASE, "DataLoader, 2 workers", 1 / 3),
    report.Goal(CASE, "the usual script", 1 / 3),
]


def build() -> DigitNetwork:
    torch.manual_seed(0)
    config = EXPERIMENTS.get("mnist-r").config("st-cnn", "affine")
    assert isinstance(config, DigitConfig)
    model = DigitNetwork(config)
    place(model, CPU)
    return model


def slowly_laid_out(model: DigitNetwork) -> DigitNetwork:
    """The network with the usual strides of its filters of one channel."""
    for parameter in model.parameters():
        if parameter.ndim == 4 and parameter.shape[1] == 1:
            parameter.data = parameter.data.clone(memory_format=torch.contiguous_format)
    return model


def usual(model: DigitNetwork) -> DigitNetwork:
    """The same network with plain ``nn.Conv2d`` layers and PyTorch's default memory format."""
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, ThinConv2d):
                plain = nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel_size[0])
                plain.load_state_dict(layer.state_dict())
                parent.add_module(name, plain)
    return model.to(memory_format=torch.contiguous_format)


def pictures() -> Batches:
    """Rotated digits of the gallery."""
    return Batches(gallery(), DISTORTIONS.get(RECIPE.data), CPU)


class Loop:
    """The real training loop, half way through its run."""

    def __init__(self) -> None:
        experiment = EXPERIMENTS.get(RECIPE.data)
        few, validation = (experiment.open(part, None, CPU)[0] for part in ("probe", "validation"))
        probe = Probe.of(few, validation, RECIPE.data)
        self.training = Training(build(), RECIPE, pictures(), probe)
        self.training.done = RECIPE.steps // 2

    def run(self, steps: int) -> int:
        """Train at least ``steps`` further steps; return how many."""
        before = self.training.done
        for _ in self.training.run(every=min(steps, 50)):
            if self.training.done >= before + steps:
                break
        return self.training.done - before


def train_on(training: Training, batches: Iterator[tuple[Tensor, Tensor]], steps: int) -> int:
    """Training updates on batches from an iterator; returns their number."""
    for _ in range(steps):
        images, labels = next(batches)
        training.update(images, labels)
    return steps


def network_alone(training: Training, steps: int) -> Callable[[], int]:
    images, labels = training.pictures.draw(RECIPE.batch_size, 0, 0)

    def run() -> int:
        for _ in range(steps):
            training.optimiser.zero_grad(set_to_none=True)
            with autocast(training.device, training.precision):
                logits = training.model(images).logits
            F.cross_entropy(logits, labels).backward()
        return steps

    return run


class OneByOne(torch.utils.data.Dataset[Any]):
    """MNIST as in torchvision's tutorials: PIL images, randomly rotated one at a time."""

    def __init__(self, digits: Digits) -> None:
        from torchvision import transforms
        from torchvision.transforms import InterpolationMode

        self.digits = digits
        turn = transforms.RandomRotation(90, interpolation=InterpolationMode.BILINEAR)
        self.transform = transforms.Compose([transforms.ToPILImage(), turn, transforms.ToTensor()])

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.digits.images[index]), int(self.digits.labels[index])


def loaded(digits: Digits, workers: int) -> Iterator[tuple[Tensor, Tensor]]:
    loader = torch.utils.data.DataLoader(
        OneByOne(digits), RECIPE.batch_size, shuffle=True, drop_last=True, num_workers=workers,
        persistent_workers=workers > 0,
    )  # fmt: skip
    while True:
        yield from loader


def main() -> int:
    options = report.parser(__doc__ or "").parse_args()
    many, few = (SMOKE_STEPS, SMOKE_STEPS) if options.smoke else (STEPS, FEW)
    digits = gallery()
    loop, others = Loop(), [Training(build(), RECIPE, pictures()) for _ in range(3)]
    slow = Training(slowly_laid_out(build()), RECIPE, pictures())
    script = Training(usual(build()), replace(RECIPE, precision="float32"), pictures())
    none, two, again = loaded(digits, 0), loaded(digits, 2), loaded(digits, 0)
    contestants: dict[str, Callable[[], int]] = {
        "the loop": lambda: loop.run(many),
        "network alone": network_alone(others[0], few),
        "slow layout": network_alone(slow, few),
        "DataLoader": lambda: train_on(others[1], none, few),
        "DataLoader, 2 workers": lambda: train_on(others[2], two, few),
        "the usual script": lambda: train_on(script, again, few),
    }
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for current in range(options.rounds + 1):
        for name, run in contestants.items():
            began = time.perf_counter()
            steps = run()
            if current:  # the first round warms up
                speeds[name].append(steps / (time.perf_counter() - began))
    base = median(speeds["the loop"])
    results = [
        report.Result(CASE, name, median(found) / base, "x", 1 / median(found))
        for name, found in speeds.items()
    ]
    return report.finish(options, results, GOALS)


if __name__ == "__main__":
    sys.exit(main())
