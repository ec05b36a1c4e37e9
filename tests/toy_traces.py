"""Small traces of every kind, captured from networks of a few lines as other people write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz import capture, inspect
from stnviz.data.digits import gallery
from stnviz.records import Trace

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script> **bold** [link](http://x) :red[x]"


def affine_grid(theta: Tensor, like: Tensor) -> Tensor:
    return F.affine_grid(theta, list(like.shape), align_corners=False)


def digits(count: int = 6) -> Tensor:
    """Normalised digits, (count, 1, 28, 28), as people feed them to networks."""
    images = torch.from_numpy(gallery().images[:count]).float()[:, None] / 255
    return (images - 0.1307) / 0.3081


class Localised(nn.Module):
    """A spatial transformer of the usual kind, whose theta depends on the image."""

    def __init__(self, scale: float = 0.4, corners: bool = False) -> None:
        super().__init__()
        self.fc, self.corners = nn.Linear(28 * 28, 6), corners
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        theta = self.scale * torch.tanh(self.fc(x.flatten(1) / 10)) + torch.tensor(
            [1.0, 0, 0, 0, 1, 0]
        )
        grid = F.affine_grid(theta.view(-1, 2, 3), list(x.shape), align_corners=self.corners)
        return F.grid_sample(x, grid, align_corners=self.corners).flatten(1)[:, :10]


class Constant(Localised):
    """The same for every image, and far out of view to the right."""

    def forward(self, x: Tensor) -> Tensor:
        theta = torch.tensor([[0.8, 0.1, 0.9], [-0.1, 0.8, 0.0]]).expand(len(x), -1, -1)
        return F.grid_sample(x, affine_grid(theta, x) + 0 * self.fc.bias.sum(), align_corners=False)


class Broken(Localised):
    """NaN for every second image."""

    def forward(self, x: Tensor) -> Tensor:
        theta = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).repeat(len(x), 1, 1) + 0 * self.fc.bias.sum()
        theta[::2, 0, 0] = torch.nan
        return F.grid_sample(x, affine_grid(theta, x), align_corners=False)


class Stages(nn.Module):
    """Three transformers, one after another, on images and on feature maps of other sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 16, 3, padding=1)
        self.heads = nn.ModuleList(nn.LazyLinear(6) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for place, head in enumerate(self.heads):
            theta = 0.2 * torch.tanh(head(x.flatten(1) / 10)) + torch.tensor([1.0, 0, 0, 0, 1, 0])
            x = F.grid_sample(x, affine_grid(theta.view(-1, 2, 3), x), align_corners=False)
            x = self.convolution(x) if place == 0 else F.avg_pool2d(x, 2)
        return x.flatten(1)[:, :4]


class Flow(nn.Module):
    """A displacement of its own for every pixel, which folds here and there."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        moves = F.avg_pool2d(0.35 * torch.tanh(self.convolution(x)), 3, 1, 1).permute(0, 2, 3, 1)
        eye = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]).expand(len(x), -1, -1)
        return F.grid_sample(x, affine_grid(eye, x) + moves, align_corners=False)


class Deformable(nn.Module):
    """Deformable convolution with weights (Zhu et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.offsets, self.mask = nn.Conv2d(1, 18, 3, padding=1), nn.Conv2d(1, 9, 3, padding=1)
        self.weight = nn.Parameter(torch.randn(4, 1, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        from torchvision.ops import deform_conv2d

        return deform_conv2d(
            x, 2 * self.offsets(x), self.weight, padding=1, mask=self.mask(x).sigmoid()
        )


class Attended(nn.Module):
    """Each of 20 queries reads four points, some of them outside; weights are not recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.queries, self.moves = nn.Parameter(2 * torch.rand(20, 1, 2) - 1), nn.Linear(784, 160)

    def forward(self, x: Tensor) -> Tensor:
        moves = 0.3 * torch.tanh(self.moves(x.flatten(1))).view(-1, 20, 4, 2)
        return F.grid_sample(x, self.queries + moves, align_corners=False).mean(dim=(1, 3))


class Planes(nn.Module):
    """Samples of a feature plane along one line of points."""

    def __init__(self) -> None:
        super().__init__()
        self.points = nn.Parameter(torch.rand(1, 1, 60, 2) - 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return F.grid_sample(
            x, self.points.expand(len(x), -1, -1, -1) + 0.1 * x.mean(), align_corners=False
        ).flatten(1)


class Volumes(nn.Module):
    """A map of volumes."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.LazyLinear(12)

    def forward(self, x: Tensor) -> Tensor:
        start = torch.tensor([1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
        theta = start + 0.3 * torch.tanh(self.fc(x.flatten(1)))
        return F.grid_sample(x, affine_grid(theta.view(-1, 3, 4), x), align_corners=False)


class Augmented(nn.Module):
    """An augmentation: its grid depends on nothing."""

    def forward(self, x: Tensor) -> Tensor:
        theta = torch.tensor([[0.9, -0.3, 0.0], [0.3, 0.9, 0.0]]).expand(len(x), -1, -1)
        return F.grid_sample(x, affine_grid(theta, x), align_corners=False)


def traced(model: nn.Module, images: Tensor) -> Trace:
    """What a model does with these images."""
    torch.manual_seed(0)
    with capture(model) as recording:
        model(images)
    return recording.trace


def wild(trace: Trace) -> Trace:
    """The same trace with names that hold markup, very long ones, and what was not kept."""
    steps = []
    for step in trace.steps:
        assert step.call is not None
        call = replace(step.call, module=MARKUP, function="f" * 900, file=f"/home/{'x' * 600}.py")
        steps.append(replace(step, call=call, input=step.input[:, :0]))
    provenance = {**trace.provenance, "model": MARKUP, "notes": [MARKUP, "n" * 900]}
    return replace(trace, steps=tuple(steps), provenance=provenance)


def _volumes() -> Tensor:
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, side) for side in (12, 16, 20)], indexing="ij")
    balls = [np.exp(-4 * ((x - c) ** 2 + y**2 + z**2)) for c in (-0.4, 0.0, 0.4)]
    return torch.from_numpy(np.stack(balls)[:, None]).float()


KINDS: dict[str, Callable[[], Trace]] = {
    "warp": lambda: traced(Localised(), digits(24)),
    "corners": lambda: traced(Localised(corners=True), digits()),
    "constant": lambda: traced(Constant(), digits(24)),
    "nan": lambda: traced(Broken(), digits()),
    "stages": lambda: traced(Stages(), digits()),
    "field": lambda: traced(Flow(), digits()),
    "points": lambda: traced(Attended(), digits()),
    "weights": lambda: traced(Deformable(), digits()),
    "planes": lambda: traced(Planes(), digits()),
    "volume": lambda: traced(Volumes(), _volumes()),
    "resampling": lambda: inspect(Augmented(), digits()),
    "wild": lambda: wild(traced(Localised(), digits())),
}
"""A trace of every kind that the page shows, by name."""
