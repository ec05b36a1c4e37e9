"""Deformable attention in compiled kernels: its points, from what its submodules predict.

A compiled kernel calls no operator that says where it samples. But implementations name two of
their submodules alike: ``sampling_offsets`` and ``attention_weights`` (Zhu et al. 2021, Deformable
DETR, section 4.1). With the reference points that the module is called with, they give all points.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.analysis.capture.operators import Sampling

PREDICTORS = ("sampling_offsets", "attention_weights")
"""Names of the submodules that predict where to sample, and with what weights."""


def is_deformable_attention(children: Mapping[str, Any]) -> bool:
    """Whether a module's submodules said where it will sample, and with what weights."""
    return all(isinstance(children.get(name), Tensor) for name in PREDICTORS)


def attention_points(
    module: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    children: Mapping[str, Tensor],
) -> Sampling | None:
    """The points and weights of one call of a deformable attention.

    Args:
        module: the attention module.
        args: its positional arguments.
        kwargs: its keyword arguments.
        children: outputs of ``sampling_offsets`` (B, Q, heads * levels * points * 2) and
            ``attention_weights`` (B, Q, heads * levels * points), before their softmax.

    Returns:
        Points (B, Q, heads * levels * points, 2) with weights; the input and the output have no
        channels, but the size of the first level. None if the reference points or the sizes of
        the levels are not among the arguments.
    """
    try:
        given = dict(inspect.signature(module.forward).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return None
    given |= given.pop("kwargs", {})
    reference = _named(given, "reference_points")
    sizes = _sizes(next((value for name, value in given.items() if "spatial_shapes" in name), None))
    offsets, weights = children["sampling_offsets"], children["attention_weights"]
    if reference is None or not sizes or offsets.ndim != 3 or weights.ndim != 3:
        return None
    batch, queries, count = weights.shape
    levels = len(sizes)
    heads = getattr(module, "n_heads", None) or getattr(module, "num_heads", None)
    if not isinstance(heads, int) or count % (heads * levels) or reference.shape[2] != levels:
        return None
    points = count // (heads * levels)
    moves = offsets.detach().float().reshape(batch, queries, heads, levels, points, 2)
    at = reference.detach().float()[:, :, None, :, None]
    if reference.shape[-1] == 2:
        extent = torch.tensor([(width, height) for height, width in sizes], device=moves.device)
        places = at + moves / extent[:, None]
    else:
        places = at[..., :2] + moves / points * at[..., 2:] * 0.5
    grid = (2 * places - 1).flatten(2, 4)
    share = weights.detach().float().unflatten(2, (heads, levels * points)).softmax(-1).flatten(2)
    height, width = sizes[0]
    nothing = grid.new_zeros(batch, 0, height, width)
    return Sampling(nothing, grid, grid.new_zeros(batch, 0, queries, count), weights=share)


def _named(given: Mapping[str, Any], name: str) -> Tensor | None:
    """The argument of that name, if it is a tensor (B, Q, levels, 2 or 4)."""
    value = given.get(name)
    right = isinstance(value, Tensor) and value.ndim == 4 and value.shape[-1] in (2, 4)
    return value if right else None


def _sizes(value: Any) -> list[tuple[int, int]]:
    """(height, width) of every level."""
    rows = value.tolist() if isinstance(value, Tensor) else value
    try:
        return [(int(height), int(width)) for height, width in rows]
    except (TypeError, ValueError):
        return []
