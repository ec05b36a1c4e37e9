"""The operators through which networks sample, and how to read their arguments.

Every call of ``F.grid_sample`` ends in one of a few operators of PyTorch, whoever wrote the network
and however it is run: scripted, exported, compiled, under autocast, ``vmap`` or inference mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

KERNELS = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")
"""In the order of their numbers in PyTorch."""


@dataclass(frozen=True)
class Sampling:
    """One call of a sampler, as it was made.

    Args:
        input: (G, C, H, W) or (G, C, D, H, W).
        grid: (G, h, w, 2) or (G, d, h, w, 3), as the sampler got it.
        output: (G, C, h, w) or (G, C, d, h, w).
        kernel: bilinear, nearest or bicubic.
        padding: zeros, border or reflection.
        align_corners: the convention of the grid.
        weights: (G, h, w) weights of sampled points, if the operator was given them.
    """

    input: Tensor
    grid: Tensor
    output: Tensor
    kernel: str = "bilinear"
    padding: str = "zeros"
    align_corners: bool = False
    weights: Tensor | None = None


Arguments = tuple[Any, ...]
Reader = Callable[[Arguments, Tensor], Sampling]


def _grid_sampler(args: Arguments, output: Tensor) -> Sampling:
    image, grid, kernel, padding, align_corners = args[:5]
    return Sampling(image, grid, output, KERNELS[kernel], PADDINGS[padding], bool(align_corners))


def _cudnn_grid_sampler(args: Arguments, output: Tensor) -> Sampling:
    """CuDNN knows one way of sampling only."""
    return Sampling(args[0], args[1], output, "bilinear", "zeros", True)


def _deform_conv2d(args: Arguments, output: Tensor) -> Sampling:
    """Deformable convolution (Dai et al. 2017; with masks, Zhu et al. 2019).

    Every output pixel is a query; its points are those of the kernel, in all groups of offsets.
    Offsets are (y, x) in pixels from the points of an ordinary convolution.
    """
    image, weight, offset, mask = args[:4]
    stride, pad, dilation = args[5:7], args[7:9], args[9:11]
    groups, use_mask = args[12], args[13]
    height, width = offset.shape[-2:]
    kernel_size = weight.shape[-2:]
    starts = [
        torch.arange(extent, device=offset.device) * step - margin
        for extent, step, margin in zip((height, width), stride, pad, strict=True)
    ]
    taps = [
        torch.arange(extent, device=offset.device) * step
        for extent, step in zip(kernel_size, dilation, strict=True)
    ]
    moves = offset.detach().unflatten(1, (groups, *kernel_size, 2)).float()
    y = starts[0][:, None] + taps[0][:, None, None, None] + moves[:, :, :, :, 0]
    x = starts[1] + taps[1][:, None, None] + moves[:, :, :, :, 1]
    points = torch.stack(
        [(2 * x + 1) / image.shape[-1] - 1, (2 * y + 1) / image.shape[-2] - 1], dim=-1
    )  # (B, groups, kh, kw, h, w, 2)
    grid = points.flatten(4, 5).flatten(1, 3).transpose(1, 2)
    weights = mask.flatten(2).transpose(1, 2) if use_mask else None
    # One output pixel is the sum over its points, so it stands once for each query.
    values = output.flatten(2).unsqueeze(-1).expand(-1, -1, -1, grid.shape[2])
    return Sampling(image, grid, values, weights=weights)


SAMPLERS: Mapping[str, Reader] = {
    "aten::grid_sampler": _grid_sampler,
    "aten::grid_sampler_2d": _grid_sampler,
    "aten::grid_sampler_3d": _grid_sampler,
    "aten::_grid_sampler_2d_cpu_fallback": _grid_sampler,
    "aten::cudnn_grid_sampler": _cudnn_grid_sampler,
    "torchvision::deform_conv2d": _deform_conv2d,
}

AFFINE_GRID = "aten::affine_grid_generator"

SEEN = frozenset({*SAMPLERS, AFFINE_GRID})

GRID_SAMPLERS = frozenset(name for name in SAMPLERS if "grid_sampler" in name)
"""Those that take an input and a grid."""


def read_sampling(
    name: str, args: Arguments, kwargs: Mapping[str, Any], output: Tensor
) -> Sampling:
    """Read the arguments of a sampler.

    Args:
        name: qualified name of the operator, one of ``SAMPLERS``.
        args: its positional arguments.
        kwargs: its keyword arguments, which follow the positional ones in order.
        output: what it returned.
    """
    return SAMPLERS[name]((*args, *kwargs.values()), output)
