"""Preprocessing of video frames: central square, resized; for digit networks bright on black."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.clips import Footage
from stnviz.data.packed_frames import Frames
from stnviz.shapes import UInt8

BRIGHT = 127
"""Median grey level of a clip's edges above which its background counts as bright."""

BLACK = 8
"""Grey level up to which a background counts as black, like MNIST's."""

TURNED = "The bright ground was turned dark: the network knows digits as bright ink on black."


TOGETHER = 16
"""Frames that are preprocessed together; a multiple of :data:`SOME`."""

FEW = 2
"""Frames that are converted to float together: in a large clip each takes 3 MB."""

SOME = 8
"""The brightness of the ink is measured on every eighth frame."""

Table = NDArray[np.uint8]
"""(256,) lookup table from grey level to grey level."""


@dataclass(frozen=True, eq=False)
class Framed:
    """A clip as network input, preprocessed on access.

    As an array, a long clip for a bird network would take hundreds of megabytes.

    Args:
        frames: frames of the clip.
        size: (height, width) of the network's input.
        table: lookup table of grey levels, for digit networks; None for networks on colour images.
        notice: a sentence where more was done than cropping and resizing.
    """

    frames: Footage
    size: Size
    table: Table | None
    notice: str | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, which: slice) -> UInt8[Tensor, "n c h w"]:
        """Preprocess a slice of the frames."""
        some = range(len(self))[which]
        parts = [
            self._fitted(some[start : start + TOGETHER]) for start in range(0, len(some), TOGETHER)
        ]
        channels = 3 if self.table is None else 1
        return torch.cat(parts) if parts else torch.empty(0, channels, *self.size).byte()

    def _fitted(self, some: range) -> UInt8[Tensor, "n c h w"]:
        square = middle_square(self.frames[some.start : some.stop : some.step])
        if self.table is None:
            small = torch.from_numpy(np.ascontiguousarray(square)).permute(0, 3, 1, 2)
        else:
            small = torch.from_numpy(self.table[grey_levels(square)])[:, None]
        return _resized(small, self.size)


def middle_square(frames: Frames) -> Frames:
    """The central square of each frame, (N, S, S, 3)."""
    height, width = frames.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return frames[:, top : top + side, left : left + side]


def frame(frames: Footage, size: Size, channels: int) -> Framed:
    """Prepare a clip as input for a network.

    Args:
        frames: (N, H, W, 3).
        size: (height, width) of the network's input.
        channels: 3, or 1 for digit networks: grey, bright ink on black.
    """
    if channels == 1:
        return Framed(frames, size, *bright_ink(frames))
    return Framed(frames, size, None)


def _resized(pictures: UInt8[Tensor, "n c h0 w0"], size: Size) -> UInt8[Tensor, "n c h w"]:
    """Resize images; those that already have the size are returned unchanged."""
    if tuple(pictures.shape[-2:]) == tuple(size):
        return pictures
    parts = [
        F.interpolate(part.float(), size, mode="bilinear", antialias=True, align_corners=False)
        .round().clamp(0, 255).to(torch.uint8)
        for part in pictures.split(FEW)
    ]  # fmt: skip
    return torch.cat(parts)


def grey_levels(frames: Frames) -> NDArray[np.uint8]:
    """Convert (N, H, W, 3) RGB to (N, H, W) grey."""
    grey = np.empty(frames.shape[:3], np.uint8)
    for start in range(0, len(frames), FEW):
        some = frames[start : start + FEW] @ np.array((0.299, 0.587, 0.114), np.float32)
        grey[start : start + FEW] = some.round()
    return grey


def bright_ink(frames: Footage) -> tuple[Table, str | None]:
    """The lookup table that turns a clip's grey levels into bright ink on black, as in MNIST.

    The edges of the frames show the background. It is measured once for the whole clip, so that
    nothing flickers. A bright background is inverted; one that is not quite black becomes black.

    Returns:
        A table, and a sentence where it inverts the grey levels, else None.
    """
    edges, inside = np.zeros(256, np.int64), np.zeros(256, np.int64)
    for start in range(0, len(frames), TOGETHER):
        grey = grey_levels(middle_square(frames[start : start + TOGETHER]))
        edges += np.bincount(_edges(grey), minlength=256)
        inside += np.bincount(grey[::SOME].ravel(), minlength=256)
    table, ground = np.arange(256), quantile(edges, 0.5)
    if turned := ground > BRIGHT:
        table, ground, inside = 255 - table, 255 - ground, inside[::-1]
    if ground > BLACK:
        top = max(quantile(inside, 0.999) - ground, 24.0)
        # Stretch ink to the full range and map the background with its noise to black, as for
        # uploaded images.
        table = (255 * np.clip(((table - ground) / top - 0.2) / 0.6, 0, 1)).round()
    return table.astype(np.uint8), TURNED if turned else None


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1])
    return np.concatenate([side.ravel() for side in sides])


def quantile(counts: NDArray[np.int64], share: float) -> float:
    """A quantile of grey levels from their histogram, equal to :func:`numpy.quantile` of them.

    Args:
        counts: (256,) histogram of the grey levels, not all zero.
        share: the quantile, from 0 to 1.
    """
    upto = counts.cumsum()
    place = share * (int(upto[-1]) - 1)
    low, high = np.searchsorted(upto, (math.floor(place), math.ceil(place)), side="right")
    return float(low + (high - low) * (place - math.floor(place)))
