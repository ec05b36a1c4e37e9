"""What is measured of one step before it is judged: each quantity once, when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import Any

import torch
from torch import Tensor

from stnviz.analysis.grid_geometry import (
    affine_part,
    cell_steps,
    determinants,
    half_pixels,
    identity_grid,
    read_counts,
    to_pixels,
)
from stnviz.analysis.health.grid_convention import grid_convention
from stnviz.records import Step
from stnviz.shapes import Bool, Float

EDGE = 1e-3
"""A sample lies outside if it is further than this beyond the edge, in pixels."""

ALIKE = 0.05
"""Images are too alike to expect different grids if they deviate from their mean by at most this
share of its contrast."""

COARSE = 2.0
"""Only samples further apart than this can skip pixels, in pixels."""

LARGEST = 1e15
"""Sides of a window are at most this many times as long as the image."""


class Measurements:
    """Quantities of one step; b is the number of its finite images, d the number of its axes.

    Args:
        step: of a trace or of a model.
        images: (B, ...) what the model was given, if that is known; else the step's inputs stand
            for it.

    Attributes:
        kind: what the grid is.
        transform: registered name of its family; empty if it has none.
        call: how the sampler was called; None for networks of this package.
        count: B, the number of images.
        size: extents of the input, (H, W) or (D, H, W).
        output_size: extents of the output.
        padding: the sampler's padding mode; empty if it is not known.
        align_corners: convention of the sampler.
        broken: for each array with values that are not finite, which images have them.
        finite: (B,) images whose grid and theta are finite; all else is measured on these.
        grid: (b, h, w, d) their grids, of the output size; (b, d, h, w, d) of volumes.
        grid_gradient: (B, ...) derivative of the loss with respect to all grids, if recorded.
        depends_on_images: whether theta is computed from the images; None if that is not known.
        follows_images: whether a grid without gradient moves with the images when they change
            places; None if that was not tried.
        predictor: the layer that says the theta of a grid without gradient; empty if none does.
    """

    def __init__(self, step: Step[Any], images: Any = None) -> None:
        self.depends_on_images: bool | None = None
        self.follows_images: bool | None = None
        self.predictor = ""
        self.kind, self.transform, self.call = step.kind, step.transform, step.call
        grid, given = _tensor(step.grid), _tensor(step.input)
        self.count, self.size = len(grid), tuple(given.shape[2:])
        self.output_size = tuple(grid.shape[1:-1])
        self.padding = step.call.padding if step.call else ""
        self.align_corners = step.call.align_corners if step.call else False
        self.broken = _broken(step)
        self.finite = torch.ones(self.count, dtype=torch.bool)
        for name in ("theta", "grid"):
            self.finite &= ~self.broken.get(name, ~self.finite)
        self.grid = grid[self.finite]
        self.given = given
        self.grid_gradient = None if step.grid_gradient is None else _tensor(step.grid_gradient)
        self._images = None if images is None else _tensor(images)

    @property
    def axes(self) -> int:
        """Number of axes, 2 for pictures and 3 for volumes."""
        return self.grid.shape[-1]

    @cached_property
    def inputs_differ(self) -> bool:
        """Whether different grids are to be expected: there are different images."""
        given = [self.given] if self._images is None else [self.given, self._images]
        return any(_differ(images[self.finite]) for images in given if len(images) == self.count)

    @cached_property
    def made_with_align_corners(self) -> bool:
        """Convention that the grid was made in, as far as that can be told."""
        return grid_convention(self.grid, self.call, self.align_corners)

    @cached_property
    def base(self) -> Float[Tensor, "*size d"]:
        """The identity's grid, in the convention that the grid was made in."""
        return identity_grid(self.output_size, align_corners=self.made_with_align_corners)

    @cached_property
    def half(self) -> Float[Tensor, " d"]:
        """Pixels of the input for each unit of the grid, along x, y (and z)."""
        return half_pixels(self.size, align_corners=self.align_corners)

    @cached_property
    def positions(self) -> Float[Tensor, "b *size d"]:
        """Where samples are taken, in pixels of the input."""
        return to_pixels(self.grid, self.size, align_corners=self.align_corners)

    @cached_property
    def from_identity(self) -> Float[Tensor, " b"]:
        """Root mean square distance to the identity, in pixels."""
        moves = (self.grid - self.base) * self.half
        return moves.square().sum(dim=-1).flatten(1).mean(dim=1).sqrt()

    @cached_property
    def between_images(self) -> float:
        """Largest distance of any sample to its mean place over the images, in pixels."""
        if not len(self.grid):
            return 0.0
        moves = (self.grid - self.grid.mean(dim=0)) * self.half
        return float(moves.square().sum(dim=-1).max().sqrt())

    @cached_property
    def inside(self) -> Bool[Tensor, " b *size"]:
        """Which samples lie inside the image."""
        last = torch.tensor([extent - 0.5 for extent in reversed(self.size)])
        low, high = self.positions >= -0.5 - EDGE, self.positions <= last + EDGE
        return (low & high).all(dim=-1)

    @cached_property
    def outside_share(self) -> Float[Tensor, " b"]:
        """Share of the samples that lie outside the image."""
        return 1 - self.inside.float().flatten(1).mean(dim=1)

    @cached_property
    def areas(self) -> Float[Tensor, " b *cells"]:
        """Jacobian determinant in each cell between neighbouring samples: 1 for the identity.

        It is negative where the grid is mirrored or folded.
        """
        half = half_pixels(self.output_size, align_corners=self.made_with_align_corners)
        return determinants(cell_steps(self.grid)) * float(half.prod())

    @cached_property
    def cells_inside(self) -> Bool[Tensor, " b *cells"]:
        """Which of these cells begin inside the image."""
        return self.inside[(slice(None), *[slice(None, -1)] * self.axes)]

    @cached_property
    def covered(self) -> Float[Tensor, " b"]:
        """Area of the grid inside the image, as a share of the image; 0 without cells."""
        if not self.areas[0].numel():
            return torch.zeros(len(self.grid))
        return (self.areas.abs() * self.cells_inside).flatten(1).mean(dim=1)

    @cached_property
    def affine(self) -> Float[Tensor, "b d e"]:
        """Rows of the closest affine map, over the convention that the grid was made in."""
        return affine_part(self.grid, self.base)

    @cached_property
    def window(self) -> Float[Tensor, "b d d"]:
        """Its linear part in pixels: the sides of the window on an image of equal extents."""
        extents = torch.tensor([float(extent) for extent in reversed(self.size)])
        sides = self.affine[:, :, :-1] * extents[:, None] / extents
        return sides.nan_to_num().clamp(-LARGEST, LARGEST)  # the largest floats overflow

    @cached_property
    def window_sizes(self) -> Float[Tensor, "b d"]:
        """Extents of the window along its own axes, the largest first; 1 for the identity."""
        return torch.linalg.svdvals(self.window)

    @cached_property
    def spacing(self) -> Float[Tensor, "b d"]:
        """Distance of neighbouring samples along each output axis, in input pixels.

        It is that of the closest affine map.
        """
        made = half_pixels(self.output_size, align_corners=self.made_with_align_corners)
        sides = self.affine[:, :, :-1] * self.half[:, None]
        return sides.square().sum(dim=1).sqrt() / made.clamp(min=0.5)

    @cached_property
    def read_share(self) -> Float[Tensor, " b"]:
        """Share of the input pixels within the window that any sample reads."""
        share = torch.ones(len(self.grid))
        coarse = (self.spacing > COARSE).any(dim=1) & (self.covered > 0)
        if bool(coarse.any()):
            kernel = self.call.kernel if self.call else "bilinear"
            read = read_counts(self.positions[coarse], self.size, kernel).sum(dim=1)
            share[coarse] = (read / (self.covered[coarse] * prod(self.size))).clamp(max=1)
        return share


def _tensor(array: Any) -> Tensor:
    return torch.as_tensor(array).detach().to("cpu", torch.float32)


def _broken(step: Step[Any]) -> Mapping[str, Bool[Tensor, " b"]]:
    found = {}
    for name in ("theta", "grid", "input", "output", "weights"):
        if (array := getattr(step, name)) is not None and len(array):
            rows = _tensor(array).flatten(1)
            if not bool(rows.sum(dim=1).isfinite().all()):  # a quick look at first
                bad = ~rows.isfinite().all(dim=1)
                if bool(bad.any()):
                    found[name] = bad
    return found


def _differ(images: Tensor) -> bool:
    """Whether images differ by more than ``ALIKE``."""
    if len(images) < 2 or not images[0].numel():
        return False
    mean = images.mean(dim=0)
    contrast = (mean - mean.mean()).square().mean().sqrt()
    spread = (images - mean).square().mean().sqrt()
    return bool(spread > ALIKE * contrast) and bool(spread > 0)
