"""Networks of other people that sample, and are no spatial transformers of pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.analysis.capture.strangers import Stranger


class Deformable(nn.Module):
    """A modulated deformable convolution."""

    def __init__(self) -> None:
        from torchvision.ops import DeformConv2d  # torchvision takes seconds to load

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
