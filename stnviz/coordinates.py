"""The coordinate convention of sampling grids, and the only caller of ``grid_sample``.

A sampling grid gives, for every output pixel, the point of the input that is sampled:
it maps *output -> input* (Jaderberg et al. 2015, eq. 1). Points are (x, y) with x to the
right and y down; -1 and 1 are the *edges* of the image, so the centre of pixel j of W
lies at (2j + 1) / W - 1. This is ``align_corners=False``. Mixing it with the other
convention changes an identity warp by 0.13 to 0.7 of the grey range. In a volume, points are
(x, y, z) with z away from the viewer, and a size is (depth, height, width).

All other modules import from here and define no convention of their own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from stnviz.shapes import Float

ALIGN_CORNERS: Final = False

Size = tuple[int, int]
"""(height, width) in pixels."""

Extent = tuple[int, ...]
"""(height, width) of an image, or (depth, height, width) of a volume."""

Kernel = Literal["nearest", "bilinear", "bicubic"]
"""Sampling kernel: nearest is eq. 4 of Jaderberg et al. 2015, bilinear is eq. 5.

In a volume bilinear is trilinear, and there is no bicubic.
"""

Padding = Literal["zeros", "border", "reflection"]
"""Padding mode: which values are sampled outside the image."""

KERNELS: Final[tuple[Kernel, ...]] = get_args(Kernel)
PADDINGS: Final[tuple[Padding, ...]] = get_args(Padding)

OUT_OF_SIGHT: Final = 1e4
"""A coordinate so far outside the image that every kernel returns only padding there."""


def pixel_centres(
    count: int, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
) -> Float[Tensor, " count"]:
    """Coordinates of the ``count`` pixel centres along one axis, in (-1, 1)."""
    steps = torch.arange(count, device=device, dtype=dtype)
    return (2 * steps + 1) / count - 1


def base_grid(
    size: Extent, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "*size n"]:
    """The identity grid: the (x, y) of every pixel centre, or the (x, y, z) of every voxel's."""
    axes = [pixel_centres(extent, device=device, dtype=dtype) for extent in size]
    return torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1)


def affine_terms(rows: Float[Tensor, "b k m"], size: Extent) -> Float[Tensor, "b k *size"]:
    """``rows @ (x, y, 1)`` at every pixel centre, as a sum of an x and a y term.

    A linear form of (x, y) over a regular grid needs no product per pixel: W
    products for x, H for y and one addition each. That is 3 to 4 times faster than
    ``F.affine_grid``, which multiplies a matrix per pixel (`benchmarks/warp.py`).

    Args:
        rows: coefficients of x, y and 1, or of x, y, z and 1.
        size: of the grid.

    Raises:
        ValueError: the size has another number of axes than the rows.
    """
    if rows.shape[-1] != len(size) + 1:
        raise ValueError(
            f"A map of {rows.shape[-1] - 1} coordinates has no grid of size {size}: give "
            "(height, width), or (depth, height, width) for volumes."
        )
    terms = rows[:, :, -1]
    for before, extent in enumerate(size):  # from the slowest axis to x
        centres = pixel_centres(extent, device=rows.device, dtype=rows.dtype)
        along = rows[:, :, len(size) - 1 - before, None] * centres
        terms = terms[..., None] + along[(..., *[None] * before, slice(None))]
    return terms


def sample(
    image: Float[Tensor, "b c *size_in"],
    grid: Float[Tensor, "b *size n"],
    *,
    kernel: Kernel = "bilinear",
    padding: Padding = "zeros",
) -> Float[Tensor, "b c *size"]:
    """Sample ``image`` at ``grid`` (Jaderberg et al. 2015, eq. 3; volumes: appendix A.3).

    Args:
        image: (B, C, H, W), or (B, C, D, H, W) volumes; any float dtype. It is converted to the
            dtype of ``grid``, also under autocast.
        grid: (x, y) per output pixel or (x, y, z) per output voxel, input coordinates in [-1, 1].
            It is never rounded to a half-precision dtype: a bfloat16 grid causes errors of up to
            0.17 of the grey range.
        kernel: ``nearest`` (eq. 4), ``bilinear`` (eq. 5) or ``bicubic``.
        padding: values sampled outside the image.

    Raises:
        ValueError: unknown kernel or padding, or one that volumes do not have; or images and grids
            do not belong together.
    """
    if kernel not in KERNELS:
        raise ValueError(f"Unknown kernel {kernel!r}: choose one of {', '.join(KERNELS)}.")
    if padding not in PADDINGS:
        raise ValueError(f"Unknown padding {padding!r}: choose one of {', '.join(PADDINGS)}.")
    if grid.shape[-1] != image.ndim - 2 or grid.ndim != image.ndim:
        raise ValueError(
            f"A grid of shape {tuple(grid.shape)} does not belong to images of shape "
            f"{tuple(image.shape)}: give (B, h, w, 2) for images, (B, d, h, w, 3) for volumes."
        )
    if kernel == "bicubic" and grid.shape[-1] == 3:
        raise ValueError("A volume has no bicubic kernel: choose nearest or bilinear.")
    if image.shape[0] != grid.shape[0]:
        raise ValueError(
            f"{image.shape[0]} images and {grid.shape[0]} grids: give one grid for each image."
        )
    with full_precision(image):
        if image.dtype != grid.dtype:
            image = image.to(grid.dtype)
        return F.grid_sample(
            image, grid, mode=kernel, padding_mode=padding, align_corners=ALIGN_CORNERS
        )


def full_precision(like: Tensor) -> AbstractContextManager[object]:
    """Disable autocast on the device of ``like``, so coordinates never become half precision."""
    device = like.device.type
    # Entering autocast takes as long as computing a small grid, so only do it where it is on.
    on = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.autocast(device, enabled=False) if on else nullcontext()


def aspect_of(size: Size) -> float:
    """Aspect ratio of an image of ``size``: width over height."""
    height, width = size
    return width / height


def is_recorded() -> bool:
    """Whether a graph is being recorded: compiled, exported or traced.

    Cached tensors must not enter a recorded graph, and its values cannot be inspected.
    """
    traced: bool = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
    return torch.compiler.is_compiling() or traced or get_proxy_mode() is not None


def pixel_length_to_unit(length: float, extent: int) -> float:
    """Convert ``length`` pixels to [-1, 1] units, in an image ``extent`` pixels long."""
    return 2.0 * length / extent


def cell_areas(grid: Float[Tensor, "b h w 2"]) -> Float[Tensor, "b h1 w1"]:
    """Jacobian determinant of a grid in each cell between four pixels, by finite differences.

    It is 1 for the identity, below 1 where the grid zooms in, and negative where the grid is
    mirrored or folded.
    """
    height, width = grid.shape[1:3]
    along_x = (grid[:, :-1, 1:] - grid[:, :-1, :-1]) * width / 2
    along_y = (grid[:, 1:, :-1] - grid[:, :-1, :-1]) * height / 2
    return along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0]
