"""Networks as other people write them: each samples in its own way, and remembers what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import kornia
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import DeformConv2d


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


class Deformable(nn.Module):
    """A modulated deformable convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.where, self.mask = nn.Conv2d(2, 18, 3, padding=1), nn.Conv2d(2, 9, 3, padding=1)
        self.conv = DeformConv2d(2, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x, self.where(x), self.mask(x).sigmoid())


class FlowWarp(Stranger):
    """Backward warping with a dense flow in pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = nn.Conv2d(3, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        v, u = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        at = torch.stack([u, v], dim=-1) + 4 * self.flow(x).permute(0, 2, 3, 1)
        size = torch.tensor([width - 1.0, height - 1.0])
        grid = 2 * at / size - 1
        output = F.grid_sample(x, grid, align_corners=True)
        self.seen.append((grid.detach(), output.detach()))
        return output


class DeformableAttention(nn.Module):
    """Multi-scale deformable attention in plain PyTorch, as Deformable DETR has it."""

    def __init__(self, *, compiled: bool = False) -> None:
        super().__init__()
        self.n_heads, self.n_levels, self.n_points, self.compiled = 2, 2, 4, compiled
        self.sampling_offsets, self.attention_weights = nn.Linear(8, 32), nn.Linear(8, 16)
        self.value_proj, self.output_proj = nn.Linear(8, 8), nn.Linear(8, 8)
        self.seen: list[Tensor] = []

    def forward(
        self, query: Tensor, reference_points: Tensor, input_flatten: Tensor,
        input_spatial_shapes: Tensor,
    ) -> Tensor:  # fmt: skip
        batch, count = query.shape[:2]
        value = self.value_proj(input_flatten).view(batch, -1, 2, 4)
        offsets = self.sampling_offsets(query).view(batch, count, 2, 2, 4, 2)
        weights = self.attention_weights(query).view(batch, count, 2, 8).softmax(-1)
        extent = input_spatial_shapes.flip(1).float()
        where = reference_points[:, :, None, :, None] + offsets / extent[:, None]
        self.seen.append(2 * where.detach() - 1)
        if self.compiled:  # a compiled kernel is invisible: here, one that reads a mean
            return self.output_proj(value.mean(1, keepdim=True).flatten(2).expand(-1, count, -1))
        sizes = input_spatial_shapes.tolist()
        parts = value.split([h * w for h, w in sizes], dim=1)
        sampled = []
        for level, (height, width) in enumerate(sizes):
            picture = parts[level].permute(0, 2, 3, 1).reshape(batch * 2, 4, height, width)
            grid = (2 * where[:, :, :, level] - 1).transpose(1, 2).flatten(0, 1)
            sampled.append(F.grid_sample(picture, grid, align_corners=False))
        mixed = torch.stack(sampled, dim=-2).flatten(-2)
        share = weights.transpose(1, 2).reshape(batch * 2, 1, count, 8)
        return self.output_proj((mixed * share).sum(-1).view(batch, 8, count).transpose(1, 2))


class Detector(nn.Module):
    """Feeds the attention from an image."""

    def __init__(self, *, compiled: bool = False) -> None:
        super().__init__()
        self.stem, self.attention = nn.Conv2d(3, 8, 1), DeformableAttention(compiled=compiled)

    def forward(self, x: Tensor) -> Tensor:
        levels = [self.stem(x), self.stem(F.avg_pool2d(x, 2))]
        sizes = torch.tensor([level.shape[-2:] for level in levels])
        memory = torch.cat([level.flatten(2) for level in levels], dim=2).transpose(1, 2)
        query = memory[:, :5]
        reference = torch.rand(len(x), 5, 1, 2).expand(-1, -1, 2, -1)
        return self.attention(query, reference, memory, input_spatial_shapes=sizes)


class Lookup(nn.Module):
    """The correlation lookup of RAFT: a window around every pixel, in a batch of all pixels."""

    def forward(self, x: Tensor) -> Tensor:
        batch, _, height, width = x.shape
        corr = (x.flatten(2).transpose(1, 2) @ x.flatten(2)).view(-1, 1, height, width)
        d = torch.linspace(-1, 1, 3)
        delta = torch.stack(torch.meshgrid(d, d, indexing="ij"), dim=-1)
        at = torch.rand(batch * height * width, 1, 1, 2) * 6 + delta
        grid = 2 * at / (width - 1) - 1
        return F.grid_sample(corr, grid, align_corners=True).view(batch, height, width, 9)


class Planes(nn.Module):
    """Features of points from a plane, as neural fields read them."""

    def __init__(self) -> None:
        super().__init__()
        self.plane = nn.Parameter(torch.rand(1, 4, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        points = x.flatten(1)[:, :64].view(len(x), 32, 1, 2)
        return F.grid_sample(self.plane.expand(len(x), -1, -1, -1), points, align_corners=False)


class Augmented(nn.Module):
    """Turns its input at random before it looks: no part of it is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        angle = torch.rand(len(x))
        c, s, zero = angle.cos(), angle.sin(), torch.zeros(len(x))
        theta = torch.stack([c, -s, zero, s, c, zero], dim=1).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        return self.conv(F.grid_sample(x, grid, align_corners=False)).mean((2, 3))


@dataclass(frozen=True)
class Case:
    """A network, images for it, and what its capture must say.

    Args:
        build: the network.
        shape: of one image.
        steps: (lane, tick, kind, transform) of every step.
        places: module paths of the lanes.
    """

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    steps: tuple[tuple[int, int, str, str], ...]
    places: tuple[str, ...] = ("",)


ONE = ((0, 0, "warp", "affine"),)

CASES: dict[str, Case] = {
    "tutorial": Case(Tutorial, (1, 28, 28), ONE),
    "inline": Case(Inline, (1, 16, 16), ONE),
    "module": Case(lambda: nn.Sequential(nn.Identity(), Warp(256)), (1, 16, 16), ONE, ("1",)),
    "series": Case(
        Series, (1, 16, 16), (*ONE, (1, 0, "warp", "affine")), ("first", "second")
    ),
    "parallel": Case(
        Parallel, (1, 16, 16), tuple((lane, 0, "warp", "affine") for lane in range(4)),
        ("", "", "more.0", "more.1"),
    ),
    "recurrent": Case(
        Recurrent, (1, 16, 16), tuple((0, tick, "warp", "affine") for tick in range(3))
    ),
    "not square": Case(Similar, (1, 8, 24), ((0, 0, "warp", "similarity"),)),
    "volume": Case(Volume, (1, 6, 6, 6), ((0, 0, "warp", "affine-3d"),)),
    "kornia": Case(Homography, (1, 16, 16), ((0, 0, "warp", "projective"),)),
    "deformable convolution": Case(Deformable, (2, 7, 6), ((0, 0, "points", ""),), ("conv",)),
    "flow": Case(FlowWarp, (3, 12, 10), ((0, 0, "field", ""),)),
    "deformable attention": Case(
        Detector, (3, 8, 6), ((0, 0, "points", ""), (0, 1, "points", "")), ("attention",)
    ),
    "compiled attention": Case(
        lambda: Detector(compiled=True), (3, 8, 6), ((0, 0, "points", ""),), ("attention",)
    ),
    "lookup": Case(Lookup, (2, 6, 6), ((0, 0, "lookup", ""),)),
    "planes": Case(Planes, (1, 12, 12), ((0, 0, "planes", ""),)),
    "augmentation": Case(Augmented, (1, 16, 16), ((0, 0, "resampling", "affine"),)),
}  # fmt: skip
