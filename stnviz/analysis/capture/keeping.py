"""What is kept of a tensor: copies on the CPU, within limits of memory."""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.records import ArraySummary

FEATURE_BYTES = 2**21
"""Feature maps of one call above this size are kept as their mean over the channels."""

ARRAY_BYTES = 2**26
"""Values of one call above this size are not kept; their shape and range are. Of the model's own
images, as many are kept as fit: 64 of 224 x 224 pixels do."""

GRID_BYTES = 2**26
"""Grids of one call above this size are kept for fewer images, of at least one."""

PICTURE_CHANNELS = 4


def to_host(tensor: Tensor) -> Tensor:
    """A copy on the CPU in float32, or float64 where it was; no later change reaches it."""
    dtype = torch.float64 if tensor.dtype == torch.float64 else torch.float32
    return tensor.detach().to("cpu", dtype, copy=True)


def rows_within(tensor: Tensor, rows: int, most: int = GRID_BYTES) -> int:
    """How many of ``rows`` grids or images fit into ``most`` bytes, at least one."""
    size = max(1, tensor[:1].numel() * 4)
    return max(1, min(rows, most // size))


def keep_values(values: Tensor, rows: int) -> Tensor:
    """The first ``rows`` pictures or feature maps, as much of them as may be kept.

    Args:
        values: (G, C, ...) sampled or sampled from.
        rows: how many of them are wanted.

    Returns:
        (rows, C', ...): C' is C for pictures and small feature maps, 1 for the mean over the
        channels of large ones, 0 if even that is too large.
    """
    values = values[:rows]
    if values.shape[1] > PICTURE_CHANNELS and values.numel() * 4 > FEATURE_BYTES:
        values = values.float().mean(dim=1, keepdim=True)
    if values.numel() * 4 > ARRAY_BYTES:
        values = values[:, :0]
    return to_host(values)


def summarise(tensor: Tensor, rows: int) -> ArraySummary:
    """Shape of a tensor, and range and mean of the finite values of its first rows."""
    values = tensor.detach()[:rows].float()
    finite = values[values.isfinite()] if not bool(values.isfinite().all()) else values
    if not finite.numel():
        return ArraySummary(tuple(tensor.shape))
    low, high = finite.aminmax()
    return ArraySummary(tuple(tensor.shape), float(low), float(high), float(finite.mean()))
