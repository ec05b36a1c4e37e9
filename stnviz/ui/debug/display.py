"""Arrays of a trace as pictures: in any range, of any number of channels, with missing values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array
from stnviz.shapes import Float, UInt8
from stnviz.ui.encoding import LAYERS, as_colours

MOST_SIDE = 256
"""Pixels along each side of a picture that is sent; of larger ones, every k-th pixel is."""

MOST_DEPTH = 64
"""Voxels along each side of a volume that is sent."""

THUMB = 40
"""Pixels along each side of a thumbnail."""

Limits = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """How values of a step's arrays become grey levels.

    Args:
        limits: the values shown black and white.
        own: whether a network of stnviz made them, whose channels are known.
    """

    limits: Limits
    own: bool

    @classmethod
    def of(cls, arrays: Array, *, own: bool) -> Scale:
        """The scale for all images of a batch, so that they can be compared.

        Args:
            arrays: (B, C, ...).
            own: whether a network of stnviz made them.
        """
        shown = [_mixed(one, own=own) for one in arrays if one.shape[0]]
        finite = [values[np.isfinite(values)] for values in shown]
        finite = [values for values in finite if values.size]
        if not finite:
            return cls((0.0, 1.0), own)
        low = float(min(values.min() for values in finite))
        high = float(max(values.max() for values in finite))
        if low >= -0.001 and high <= 1.001 and high > 0.02:
            return cls((0.0, 1.0), own)
        return cls((low, high if high > low else low + 1), own)

    def words(self, channels: int) -> str:
        """How an array of so many channels is shown, for its caption; empty if as it is."""
        said = []
        if not channels:
            return "not kept"
        if not _is_picture(channels, own=self.own):
            said.append(f"mean of {channels} channels")
        if self.limits != (0.0, 1.0):
            low, high = self.limits
            said.append(f"black is {low:.3g}, white {high:.3g}")
        return ", ".join(said).replace("-", "\u2212")

    def levels(self, values: Float[Array, "*shape"]) -> NDArray[np.uint8]:
        """Values as bytes; what is not finite is black."""
        low, high = self.limits
        share = (np.asarray(values, np.float64) - low) / (high - low)
        share = np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=0.0)
        return np.asarray((share.clip(0, 1) * 255).round(), np.uint8)

    def picture(self, array: Float[Array, "c h w"], most: int = MOST_SIDE) -> NDArray[np.uint8]:
        """An image as (H, W) or (H, W, 3) bytes, at most ``most`` pixels high and wide."""
        step = stride(array.shape[1:], most)
        shown = _mixed(array[:, ::step, ::step], own=self.own)
        levels = self.levels(shown)
        if len(shown) == 1:
            return levels[0]
        return levels.transpose(1, 2, 0)

    def thumbnail(self, array: Float[Array, "c h w"]) -> UInt8[Array, "h1 w1 3"]:
        """A small image: means over square blocks of pixels."""
        shown = _mixed(array, own=self.own)
        block = stride(shown.shape[1:], THUMB)
        height, width = (max(side // block, 1) for side in shown.shape[1:])
        shown = shown[:, : height * block, : width * block]
        rows, columns = math.ceil(shown.shape[1] / height), math.ceil(shown.shape[2] / width)
        small = shown.reshape(len(shown), height, rows, width, columns).mean(axis=(2, 4))
        levels = self.levels(small).transpose(1, 2, 0)
        return np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels

    def volume(self, array: Float[Array, "c d h w"]) -> UInt8[Array, "d1 h1 w1"]:
        """A volume as grey bytes, at most ``MOST_DEPTH`` voxels along each side."""
        steps = [stride((side,), MOST_DEPTH) for side in array.shape[1:]]
        some = array[:, :: steps[0], :: steps[1], :: steps[2]]
        return self.levels(some.astype(np.float32).mean(axis=0))


def stride(size: tuple[int, ...], most: int) -> int:
    """Every how many pixels are sent, so that at most ``most`` are along each side."""
    return max(1, *(-(-side // most) for side in size))


def missing(array: Float[Array, "c h w"], most: int = MOST_SIDE) -> UInt8[Array, "h1 w1"] | None:
    """Where an image is not finite, in the pixels that :meth:`Scale.picture` sends; None if all is.

    Args:
        array: (C, H, W).
        most: as for :meth:`Scale.picture`.
    """
    step = stride(array.shape[1:], most)
    away = ~np.isfinite(array[:, ::step, ::step]).all(axis=0)
    return np.asarray(away, np.uint8) if away.any() else None


def _is_picture(channels: int, *, own: bool) -> bool:
    return channels in ((1, 2, 3, LAYERS) if own else (1, 3))


def _mixed(array: Array, *, own: bool) -> Float[Array, "c ..."]:
    """One or three channels of an image or a volume, in its own range of values."""
    array = np.asarray(array, np.float32)
    channels = len(array)
    if channels in (1, 3) and array.ndim == 3:
        return array
    if _is_picture(channels, own=own) and array.ndim == 3:
        colours: Array = as_colours(array).transpose(2, 0, 1).astype(np.float32) / 255
        return colours
    return array.mean(axis=0, keepdims=True)
