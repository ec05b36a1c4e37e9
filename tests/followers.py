"""A transformer that follows its image exactly, and one that does not look at it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.coordinates import base_grid
from stnviz.transforms import Similarity


def blobs(count: int = 4, size: tuple[int, int] = (48, 48)) -> Tensor:
    """(B, 1, H, W) smooth long blobs on black, each in its own place and direction."""
    height, width = size
    draw = torch.Generator().manual_seed(3)
    centre = 0.2 * (torch.rand(count, 2, generator=draw) - 0.5)
    angle = 0.6 * (torch.rand(count, generator=draw) - 0.5)
    away = base_grid(size) - centre[:, None, None]
    away = away * torch.tensor([width / height, 1.0])  # in half heights
    x = away[..., 0] * angle.cos()[:, None, None] + away[..., 1] * angle.sin()[:, None, None]
    y = away[..., 1] * angle.cos()[:, None, None] - away[..., 0] * angle.sin()[:, None, None]
    return (-((x / 0.22) ** 2) - (y / 0.1) ** 2).exp()[:, None]


class Follower(nn.Module):
    """Its window is where the bright pixels are, as long as they are and turned as they are."""

    def __init__(self, *, align_corners: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.align_corners = align_corners

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        aspect = width / height
        mass = images[:, 0] * self.weight
        mass = mass / mass.sum(dim=(1, 2), keepdim=True)
        points = base_grid((height, width))
        centre = (mass[..., None] * points).sum(dim=(1, 2))
        x, y = ((points - centre[:, None, None]) * torch.tensor([aspect, 1.0])).unbind(-1)
        xx, yy, xy = ((mass * one).sum(dim=(1, 2)) for one in (x * x, y * y, x * y))
        angle = 0.5 * torch.atan2(2 * xy, xx - yy)
        theta = torch.stack([angle, 3 * (xx + yy).sqrt(), *centre.T], dim=1)
        rows = Similarity(aspect=aspect).rows(theta)
        size = list(images.shape)
        if self.align_corners:
            turn = torch.tensor([width / (width - 1), height / (height - 1)])
            inner = torch.tensor([(width - 1) / width, (height - 1) / height, 1.0])
            rows = rows * turn[:, None] * inner
        grid = F.affine_grid(rows, size, align_corners=self.align_corners)
        return F.grid_sample(images, grid, align_corners=self.align_corners)


class Fixed(nn.Module):
    """Its window is the same for every image; its answers are the brightness of two halves."""

    def __init__(self, *rows: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(rows or (0.8, 0.1, 0, -0.1, 0.8, 0.1)).float())

    def forward(self, images: Tensor) -> Tensor:
        theta = self.theta.view(1, 2, 3).expand(len(images), -1, -1)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        seen = F.grid_sample(images, grid, align_corners=False)
        left, right = seen.mean(dim=1).chunk(2, dim=-1)
        return 50 * torch.stack([left.mean(dim=(1, 2)), right.mean(dim=(1, 2))], dim=1)
