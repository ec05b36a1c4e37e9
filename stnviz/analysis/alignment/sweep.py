"""Sweep a known distortion over a model's inputs: does each window follow its image?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor, nn

from stnviz.analysis.alignment.known_distortion import UNDISTORTED, distort_images
from stnviz.analysis.inspect import inspect
from stnviz.records.alignment import Alignment, AlignmentSweep, Quantity
from stnviz.records.trace import Array, Trace
from stnviz.records.windows import chain_of, lattice, points_in_image, warps_of
from stnviz.shapes import Float

SWEEPS: Mapping[Quantity, tuple[float, ...]] = {
    "angle": tuple(math.radians(degrees) for degrees in range(-45, 46, 15)),
    "scale": (0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4),
    "shift_x": (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3),
    "shift_y": (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3),
}
"""Amounts of each distortion, small enough that little leaves the image."""

SMALLEST_AREA = 1e-6
"""A window with less than this share of the image's area has no angle and no scale."""

Place = tuple[int, int]
"""(tick, lane) of a step."""


def measure_alignment(
    model: nn.Module,
    images: Float[Tensor, "b c h w"],
    sweeps: Mapping[Quantity, Sequence[float]] = SWEEPS,
    *,
    background: float | Tensor | None = None,
) -> Alignment:
    """Distort images by known amounts, and compare with the change of each transformer's window.

    The window of a transformer is the region of the image that it samples; of transformers in
    sequence, through all of them. Its change is the affine map that leads from its window on the
    image to that on the distorted image. Theta maps output to input, so the window of a transformer
    that follows rotates as the image does, and grows and moves with it.

    Args:
        model: any network, on its device; it is left as it was. Not one that warps a foreground
            onto a background: its windows are no part of the image.
        images: as the model takes them, undistorted as far as possible.
        sweeps: amounts of each distortion: radians clockwise, factors, half images.
        background: value outside the images; the median of each image's border by default.

    Raises:
        ValueError: the model has no transformer that warps pictures, or an amount is impossible.

    Example:
        >>> print(stnviz.measure_alignment(model, images))
        A, angle: slope 0.98, spread 0.05, R² 0.99
    """
    undistorted = _windows(inspect(model, images))
    if not undistorted:
        raise ValueError(
            "The model has no spatial transformer that warps pictures: measure one that has."
        )
    aspect = images.shape[-1] / images.shape[-2]
    found = []
    for quantity, amounts in sweeps.items():
        changes: dict[Place, list[Array]] = {place: [] for place in undistorted}
        for amount in amounts:
            windows = undistorted
            if amount != UNDISTORTED[quantity]:
                windows = _windows(
                    inspect(model, distort_images(images, quantity, amount, background))
                )
            for place, before in undistorted.items():
                after = windows.get(place, np.full_like(before, np.nan))
                changes[place].append(_change(quantity, before, after, aspect))
        true = np.array(amounts, float)
        found += [
            AlignmentSweep(quantity, true, np.stack(curve), lane, tick)
            for (tick, lane), curve in sorted(changes.items())
        ]
    return Alignment(tuple(found), len(images))


def _windows(trace: Trace) -> dict[Place, Array]:
    """The affine part (B, 2, 3) of every transformer's window in the image."""
    points = lattice(5)
    design = np.concatenate([points, np.ones_like(points[:, :1])], axis=1)
    solve = np.linalg.pinv(design)
    found = {}
    for step in warps_of(trace):
        chain = chain_of(trace, step)
        places = np.stack([points_in_image(chain, k, points) for k in range(len(trace))])
        found[step.tick, step.lane] = (solve @ places.astype(float)).swapaxes(1, 2)
    return found


def _change(quantity: Quantity, before: Array, after: Array, aspect: float) -> Array:
    """(B,) by how much windows (B, 2, 3) have changed."""
    if quantity in ("shift_x", "shift_y"):
        axis = 0 if quantity == "shift_x" else 1
        moved: Array = after[:, axis, 2] - before[:, axis, 2]
        return moved
    usable = (np.abs(_areas(before)) > SMALLEST_AREA) & np.isfinite(after).all(axis=(1, 2))
    changed = np.full((len(before), 2, 2), np.nan)
    changed[usable] = after[usable, :, :2] @ np.linalg.inv(before[usable, :, :2])
    if quantity == "scale":
        factor: Array = np.sqrt(np.abs(_areas(changed)))
        return factor
    # The closest rotation, in pixels: coordinates of an image that is not square are stretched.
    across, down = changed[:, 0, 1] * aspect, changed[:, 1, 0] / aspect
    angle: Array = np.arctan2(down - across, changed[:, 0, 0] + changed[:, 1, 1])
    return angle


def _areas(windows: Array) -> Array:
    """(B,) determinants of the linear parts."""
    found: Array = windows[:, 0, 0] * windows[:, 1, 1] - windows[:, 0, 1] * windows[:, 1, 0]
    return found
