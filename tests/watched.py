"""A network with everything that a look from outside could disturb, and watched trainings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.records import HealthReport, Kind, Step, Trace, TransformerHealth, Verdict


class Sensitive(nn.Module):
    """A spatial transformer with dropout, batch norm, noise at all times and a counter."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.locate = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 6))
        self.locate[2].weight.data.mul_(0.01)
        self.locate[2].bias.data = torch.eye(2, 3).flatten()
        self.head = nn.Linear(64, 3)
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        noisy = self.norm(images + 0.01 * torch.randn_like(images) + 0.01 * random.random())
        grid = F.affine_grid(
            self.locate(noisy).view(-1, 2, 3), list(images.shape), align_corners=False
        )
        return self.head(F.grid_sample(noisy, grid, align_corners=False).flatten(1))


def train(
    model: nn.Module, steps: int, after_step: Callable[[], object] = lambda: None
) -> nn.Module:
    """Some steps of training on noise, the same each time."""
    torch.manual_seed(0)
    random.seed(0)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    for _ in range(steps):
        loss = F.cross_entropy(model(torch.rand(4, 1, 8, 8)), torch.randint(3, (4,)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        after_step()
    return model


def sensitive() -> Sensitive:
    torch.manual_seed(1)
    return Sensitive()


def report(*names: str, lane: int = 0) -> HealthReport:
    """One transformer with these illnesses."""
    verdicts = tuple(Verdict(name, 1.0, f"It is {name}.", cure="Start again.") for name in names)
    return HealthReport((TransformerHealth(lane, 0, "model.stn", "warp", verdicts),))


def leave_traces(
    folder: Path,
    steps: Sequence[int] = (0, 10, 20),
    *,
    size: tuple[int, int] = (6, 9),
    labels: Sequence[int] | None = (0, 1, 2),
    kind: Kind = "warp",
) -> None:
    """A watched training of one window, which moves to the right by a tenth a trace."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(4)
    images = draw.normal(size=(3, 1, *size)).astype(np.float32)
    for count, step in enumerate(steps):
        theta = torch.tensor([[0.5, 0.0, 0.1 * count, 0.0, 0.5, 0.0]]).repeat(3, 1)
        grid = F.affine_grid(theta.view(-1, 2, 3), [3, 1, *size], align_corners=False)
        seen = F.grid_sample(torch.from_numpy(images), grid, align_corners=False).numpy()
        known = {} if labels is None else {"labels": list(labels)}
        answers = np.eye(3, dtype=np.float32) if count else np.full((3, 3), 1 / 3, np.float32)
        # No known theta: such a step is played as well.
        one = Step("", images, np.zeros((3, 0), np.float32), grid.numpy(), seen, kind=kind)
        trace = Trace(images, (one,), answers, {"step": step, **known})
        trace.save(folder / f"step-{step:06d}.trace")
