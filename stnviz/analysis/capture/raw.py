"""Calls as they were captured, before a trace is made of them; tensors on the CPU."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch.nn.functional as F
from torch import Tensor

from stnviz.analysis.capture.call_site import CallSite
from stnviz.records import ArraySummary


@dataclass(eq=False)
class AffineGrid:
    """One call of ``affine_grid``: it tells theta of the grid that it made.

    Args:
        theta: (G, 2, 3) or (G, 3, 4).
        size: the size that it was called with, (G, C, H, W) or (G, C, D, H, W).
        align_corners: its convention.
        epsilon: rounding error of the grid's dtype at 1.
        gradient: derivative of the loss with respect to theta, once there was a backward pass.
    """

    theta: Tensor
    size: tuple[int, ...]
    align_corners: bool
    epsilon: float
    gradient: Tensor | None = None

    def made(self, grid: Tensor) -> bool:
        """Whether the first rows of its grid are ``grid`` (B, h, w, 2)."""
        rows = len(grid)
        if self.size[2:] != tuple(grid.shape[1:-1]) or rows > len(self.theta):
            return False
        size = (rows, 1, *self.size[2:])
        own = F.affine_grid(self.theta[:rows], list(size), align_corners=self.align_corners)
        near = (1e-5 + 2 * self.epsilon) * own.abs().clamp(min=1)
        return bool(((own - grid).abs() <= near).all())


@dataclass(eq=False)
class SampledCall:
    """One call of a sampler.

    Args:
        operator: qualified name of the operator.
        site: the line that called it.
        module: dotted path of the calling module.
        module_type: its class name.
        rows: number of grids in the call.
        input: (n, C, ...) the first n inputs, as far as they are kept.
        grid: (n, h, w, 2) the first n grids.
        output: (n, C, h, w) the first n outputs, as far as they are kept.
        kernel: interpolation mode.
        padding: padding mode.
        align_corners: convention of the sampler.
        needs_gradient: whether the grid required a gradient.
        gradient_possible: whether gradients were recorded at all.
        epsilon: rounding error of the grid's dtype at 1.
        input_summary: of all inputs.
        output_summary: of all outputs.
        affine_grids: number of ``affine_grid`` calls of its pass that came before it.
        weights: (n, h, w) weights of sampled points.
        gradient: (n, h, w, 2) derivative of the loss with respect to the grid.
        are_points: whether the model itself says that these are sampled points.
    """

    operator: str
    site: CallSite
    module: str
    module_type: str
    rows: int
    input: Tensor
    grid: Tensor
    output: Tensor
    kernel: str
    padding: str
    align_corners: bool
    needs_gradient: bool
    gradient_possible: bool
    epsilon: float
    input_summary: ArraySummary
    output_summary: ArraySummary
    affine_grids: int = 0
    weights: Tensor | None = None
    gradient: Tensor | None = None
    are_points: bool = False


@dataclass(eq=False)
class Pass:
    """One forward pass of the model, or of a part of it in a worker thread.

    Args:
        room: how many of its images are kept.
        images: (n, ...) its first images; None if it was given none.
        batch: number of its images; 0 if it was given none.
        output: (n, ...) the model's answer, if that is one tensor.
        calls: of samplers, in order.
        affine_grids: calls of ``affine_grid``, in order.
        skipped: number of calls beyond the limit of steps.
        parent: the pass whose model started the thread that this one ran in, if any.
    """

    room: int
    images: Tensor | None = None
    batch: int = 0
    output: Tensor | None = None
    calls: list[SampledCall] = field(default_factory=list)
    affine_grids: list[AffineGrid] = field(default_factory=list)
    skipped: int = 0
    parent: Pass | None = None
