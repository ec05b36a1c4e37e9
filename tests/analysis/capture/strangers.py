"""Networks as other people write them: each samples in its own way, and remembers what."""

from __future__ import annotations

from typing import Any

import kornia
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def head(features: int, base: list[float]) -> nn.Linear:
    layer = nn.Linear(features, len(base))
    nn.init.normal_(layer.weight, std=0.02)
    layer.bias.data.copy_(torch.tensor(base))
    return layer


AFFINE = [1.0, 0, 0, 0, 1, 0]


class Stranger(nn.Module):
    """Remembers the grid and the output of every call, for the test."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Tensor, Tensor]] = []

    def sampled(self, image: Tensor, grid: Tensor, **options: Any) -> Tensor:
        output = F.grid_sample(image, grid, align_corners=False, **options)
        self.seen.append((grid.detach(), output.detach()))
        return output


class Tutorial(Stranger):
    """The network of PyTorch's tutorial on spatial transformers: everything in one method."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.drop = nn.Dropout2d()
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2, stride=2), nn.ReLU(True),
            nn.Conv2d(8, 10, 5), nn.MaxPool2d(2, stride=2), nn.ReLU(True),
        )  # fmt: skip
        self.fc_loc = nn.Sequential(nn.Linear(90, 32), nn.ReLU(True), head(32, AFFINE))

    def stn(self, x: Tensor) -> Tensor:
        theta = self.fc_loc(self.localization(x).view(-1, 90)).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.size()), align_corners=False)
        return self.sampled(x, grid)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stn(x)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.drop(self.conv2(x)), 2)).view(-1, 320)
        return F.log_softmax(self.fc2(F.dropout(F.relu(self.fc1(x)), training=self.training)), 1)


class Inline(Stranger):
    """Builds its own grid inline, with meshgrid, in the other convention."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Flatten(), head(16 * 16, AFFINE))

    def forward(self, x: Tensor) -> Tensor:
        a, b, tx, c, d, ty = self.look(x).unbind(1)
        line = torch.linspace(-1, 1, 16)
        v, u = torch.meshgrid(line, line, indexing="ij")
        across = a[:, None, None] * u + b[:, None, None] * v + tx[:, None, None]
        down = c[:, None, None] * u + d[:, None, None] * v + ty[:, None, None]
        grid = torch.stack([across, down], dim=-1)
        output = F.grid_sample(x, grid, align_corners=True, padding_mode="border")
        self.seen.append((grid.detach(), output.detach()))
        return output


class Warp(Stranger):
    """A module of its own, as one would drop it in."""

    def __init__(self, features: int, channels: int = 1) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Flatten(), head(features * channels, AFFINE))

    def forward(self, x: Tensor) -> Tensor:
        theta = self.look(x).view(-1, 2, 3)
        return self.sampled(x, F.affine_grid(theta, list(x.shape), align_corners=False))


class Series(nn.Module):
    """One transformer on the image, one on feature maps."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.conv, self.second = Warp(256), nn.Conv2d(1, 6, 3, padding=1), Warp(256, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.conv(self.first(x)))).mean((2, 3))


class Parallel(Stranger):
    """Two windows through one helper that is called on two lines, and a list of modules."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = (
            nn.Sequential(nn.Flatten(), head(256, [0.5, 0, s])) for s in (0.2, -0.2)
        )
        self.more = nn.ModuleList([Warp(256), Warp(256)])

    def crop(self, x: Tensor, theta: Tensor) -> Tensor:
        scale, tx, ty = theta.unbind(1)
        zero = torch.zeros_like(scale)
        rows = torch.stack([scale, zero, tx, zero, scale, ty], dim=1).view(-1, 2, 3)
        return self.sampled(x, F.affine_grid(rows, [len(x), 1, 8, 8], align_corners=False))

    def forward(self, x: Tensor) -> Tensor:
        one = self.crop(x, self.left(x))
        other = self.crop(x, self.right(x))
        return torch.cat([one, other], 1).sum((1, 2, 3)) + sum(
            m(x).sum((1, 2, 3)) for m in self.more
        )


class Recurrent(Stranger):
    """Looks three times with the same weights."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.GRUCell(256, 16), head(16, [0.0, 0.0])

    def forward(self, x: Tensor) -> Tensor:
        state, seen = x.new_zeros(len(x), 16), x
        for _ in range(3):
            state = self.cell(seen.flatten(1), state)
            eye = torch.eye(2).expand(len(x), 2, 2)
            theta = torch.cat([eye, self.out(state)[:, :, None]], dim=2)
            seen = self.sampled(x, F.affine_grid(theta, list(x.shape), align_corners=False))
        return state


class Similar(Stranger):
    """A rotation with the right aspect on pictures that are not square."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Flatten(), head(8 * 24, [0.3, 0.9, 0.1, -0.1]))

    def forward(self, x: Tensor) -> Tensor:
        angle, scale, tx, ty = self.look(x).unbind(1)
        c, s = scale * angle.cos(), scale * angle.sin()
        rows = torch.stack([c, -s / 3, tx, s * 3, c, ty], dim=1).view(-1, 2, 3)
        y, x0 = torch.meshgrid(
            (2 * torch.arange(8) + 1) / 8 - 1, (2 * torch.arange(24) + 1) / 24 - 1, indexing="ij"
        )
        base = torch.stack([x0, y, torch.ones_like(y)], dim=-1)
        return self.sampled(x, torch.einsum("hwk,bjk->bhwj", base, rows))


class Volume(Stranger):
    """An affine map of volumes."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Flatten(), head(6**3, [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]))

    def forward(self, x: Tensor) -> Tensor:
        theta = self.look(x).view(-1, 3, 4)
        return self.sampled(x, F.affine_grid(theta, list(x.shape), align_corners=False))


class Homography(nn.Module):
    """Warps with kornia, whose own code calls the sampler."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Flatten(), head(256, [0.0] * 9))

    def forward(self, x: Tensor) -> Tensor:
        matrix = torch.eye(3) + self.look(x).view(-1, 3, 3) * torch.tensor(
            [0.1, 0.1, 2.0, 0.1, 0.1, 2.0, 2e-2, 2e-2, 0]
        ).view(3, 3)
        return kornia.geometry.transform.warp_perspective(x, matrix, (16, 16), align_corners=False)
