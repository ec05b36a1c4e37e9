"""How a frame becomes what a network takes: its middle square, small, and for digits bright ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import UInt8
from numpy.typing import NDArray
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.clips import Frames

BRIGHT = 127
"""Grey level of a clip's edge above which its ground counts as bright."""

BLACK = 8
"""Grey level up to which a ground is as black as MNIST's."""

TURNED = "The bright ground was turned dark: the network knows digits as bright ink on black."


@dataclass(frozen=True)
class Framed:
    """A clip as a network takes it.

    Args:
        images: (N, C, H, W) uint8: as floats, those of a long clip would be a third of a gigabyte.
        notice: a sentence, where more was done than to cut and to make small.
    """

    images: Tensor
    notice: str | None = None


def middle_square(frames: Frames) -> Frames:
    """(N, S, S, 3): what of each frame is looked at."""
    height, width = frames.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return frames[:, top : top + side, left : left + side]


def frame(frames: Frames, size: Size, channels: int) -> Framed:
    """Make a clip fit a network.

    Args:
        frames: (N, H, W, 3).
        size: (height, width) of the network's pictures.
        channels: 3, or 1 for a network of digits: grey, bright ink on black.
    """
    square = middle_square(frames)
    notice = None
    if channels == 1:
        grey, notice = bright_ink(square)
        small = torch.from_numpy(grey)[:, None]
    else:
        small = torch.from_numpy(np.ascontiguousarray(square)).permute(0, 3, 1, 2)
    return Framed(_resized(small, size), notice)


def _resized(pictures: UInt8[Tensor, "n c h0 w0"], size: Size) -> UInt8[Tensor, "n c h w"]:
    """Pictures of that size; those that have it stay exactly as they are."""
    if tuple(pictures.shape[-2:]) == tuple(size):
        return pictures
    parts = [
        F.interpolate(part.float(), size, mode="bilinear", antialias=True, align_corners=False)
        .round().clamp(0, 255).to(torch.uint8)
        for part in pictures.split(32)
    ]  # fmt: skip
    return torch.cat(parts)


def bright_ink(frames: Frames) -> tuple[NDArray[np.uint8], str | None]:
    """A clip in grey levels, as networks of digits know ink: bright on black.

    The edge of the frames shows the ground. It is judged once for the whole clip, so that nothing
    flickers: a bright one is turned dark, and one that is not quite black becomes black.

    Returns:
        (N, H, W), and a sentence where it was turned.
    """
    grey = (frames @ np.array((0.299, 0.587, 0.114), np.float32)).round().astype(np.uint8)
    ground = float(np.median(_edges(grey)))
    if turned := ground > BRIGHT:
        grey, ground = 255 - grey, 255 - ground
    if ground > BLACK:
        grey = _stretched(grey, ground)
    return grey, TURNED if turned else None


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1])
    return np.concatenate([side.ravel() for side in sides])


def _stretched(grey: NDArray[np.uint8], ground: float) -> NDArray[np.uint8]:
    """Ink brought to the whole range, ground and its grain to black, as uploads are."""
    levels = np.arange(256) - ground
    top = max(float(np.percentile(grey[::8], 99.9)) - ground, 24.0)
    table = (255 * np.clip((levels / top - 0.2) / 0.6, 0, 1)).round().astype(np.uint8)
    return table[grey]
