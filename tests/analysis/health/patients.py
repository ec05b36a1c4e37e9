"""Steps and traces made ill on purpose, and healthy ones beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import stnviz
from stnviz.analysis.health.checks import judge
from stnviz.analysis.health.measurements import Measurements
from stnviz.records import Kind, SamplerCall, Step, Trace, Verdict
from stnviz.transforms import create_transform

SIZE = (28, 28)
COUNT = 8


def pictures(count: int = COUNT, *shape: int) -> Tensor:
    """Different images, (count, 1, 28, 28) if no other shape is named."""
    return torch.rand(count, *(shape or (1, *SIZE)), generator=torch.Generator().manual_seed(3))


def affine_step(
    rows: Tensor, size: tuple[int, ...] = SIZE, output_size: tuple[int, ...] | None = None,
    images: Tensor | None = None,
) -> Step[Tensor]:  # fmt: skip
    """A step at affine maps (B, d, d + 1), as a network of this package makes it."""
    grid = F.affine_grid(rows, [len(rows), 1, *(output_size or size)], align_corners=False)
    images = pictures(len(rows), 1, *size) if images is None else images
    output = F.grid_sample(images, grid, align_corners=False)
    name = "affine" if len(size) == 2 else "affine-3d"
    return Step(name, images, rows.flatten(1), grid, output)


def turned(count: int = COUNT, *, scale: float = 0.8, axes: int = 2) -> Tensor:
    """Healthy maps: turned, scaled and shifted differently for each image, (count, d, d + 1)."""
    random = torch.Generator().manual_seed(5)
    angle = torch.rand(count, generator=random) - 0.5
    rows = torch.zeros(count, axes, axes + 1)
    rows[:, range(axes), range(axes)] = scale
    rows[:, 0, 0] = rows[:, 1, 1] = scale * angle.cos()
    rows[:, 1, 0] = scale * angle.sin()
    rows[:, 0, 1] = -rows[:, 1, 0]
    rows[:, :, -1] = 0.1 * torch.randn(count, axes, generator=random)
    return rows


def same(*rows: float, count: int = COUNT) -> Tensor:
    """The same affine map for every image."""
    axes = 2 if len(rows) == 6 else 3
    return torch.tensor(rows, dtype=torch.float32).reshape(1, axes, axes + 1).repeat(count, 1, 1)


def transform_step(name: str, theta: Tensor, **options: Any) -> Step[Tensor]:
    """A step of a registered transform."""
    grid = create_transform(name, **options).grid(theta, SIZE)
    images = pictures(len(theta))
    return Step(name, images, theta, grid, F.grid_sample(images, grid, align_corners=False))


def captured(step: Step[Tensor], kind: Kind = "warp", **call: Any) -> Step[Tensor]:
    """A step as it was captured in somebody's network."""
    given = {"module": "stn", "file": "net.py", "line": 7, "needs_gradient": True, **call}
    return replace(step, kind=kind, call=SamplerCall("aten::grid_sampler_2d", **given))


def verdicts(step: Step[Any], images: Tensor | None = None) -> tuple[Verdict, ...]:
    """All verdicts on one step."""
    return judge(Measurements(step, images))


def names(step: Step[Any], images: Tensor | None = None) -> list[str]:
    return [verdict.name for verdict in verdicts(step, images)]


def trace_of(*steps: Step[Tensor], images: Tensor | None = None) -> Trace:
    """A trace of these steps."""
    given = steps[0].input if images is None else images
    empty = np.zeros((len(given), 0), np.float32)
    return Trace(
        given.numpy(), tuple(step.map(lambda a: a.detach().numpy()) for step in steps), empty
    )


class Network(nn.Module):
    """A small classifier behind a transformer, written as many people write theirs.

    Args:
        theta: (2, 3) at which the transformer starts.
        spread: standard deviation of theta between images.
    """

    def __init__(self, theta: Tensor | None = None, spread: float = 0.1, side: int = 12) -> None:
        super().__init__()
        self.fc_loc = nn.Sequential(
            nn.Linear(side**2, 32), nn.ReLU(True), nn.Linear(32, 16), nn.ReLU(True),
            nn.Linear(16, 6),
        )  # fmt: skip
        self.classifier = nn.Linear(side**2, 4)
        last, start = self.fc_loc[-1], torch.eye(2, 3) if theta is None else theta
        with torch.no_grad():
            said = self.fc_loc(pictures(64, side**2) - 0.5)
            factor = spread / said.std(dim=0).mean()
            last.weight.mul_(factor)
            last.bias.copy_(start.flatten() - factor * (said.mean(dim=0) - last.bias))
            self.classifier.weight.mul_(20)

    def theta(self, images: Tensor) -> Tensor:
        centred = images.flatten(1) - 0.5
        return self.fc_loc(centred).unflatten(1, (2, 3))

    def forward(self, images: Tensor) -> Tensor:
        grid = F.affine_grid(self.theta(images), list(images.shape), align_corners=False)
        seen = F.grid_sample(images, grid, align_corners=False)
        return self.classifier(seen.flatten(1) - 0.5)


def examined(model: nn.Module, images: Tensor | None = None, **options: Any) -> stnviz.HealthReport:
    """The report on a network of somebody's, looked into with the model."""
    given = pictures(24, 1, 12, 12) if images is None else images
    return stnviz.health(stnviz.inspect(model, given), model, **options)
