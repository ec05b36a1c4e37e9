"""What the capture of every stranger must say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from tests.analysis.capture.other_samplers import (
    Augmented,
    Deformable,
    Detector,
    FlowWarp,
    Lookup,
    Planes,
)
from tests.analysis.capture.strangers import (
    Homography,
    Inline,
    Parallel,
    Recurrent,
    Series,
    Similar,
    Tutorial,
    Volume,
    Warp,
)


@dataclass(frozen=True)
class Case:
    """A network, images for it, and what its capture must say.

    Args:
        build: the network.
        shape: of one image.
        steps: (lane, tick, kind, transform) of every step.
        places: module paths of the lanes.
    """

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    steps: tuple[tuple[int, int, str, str], ...]
    places: tuple[str, ...] = ("",)


ONE = ((0, 0, "warp", "affine"),)

CASES: dict[str, Case] = {
    "tutorial": Case(Tutorial, (1, 28, 28), ONE),
    "inline": Case(Inline, (1, 16, 16), ONE),
    "module": Case(lambda: nn.Sequential(nn.Identity(), Warp(256)), (1, 16, 16), ONE, ("1",)),
    "series": Case(
        Series, (1, 16, 16), (*ONE, (1, 0, "warp", "affine")), ("first", "second")
    ),
    "parallel": Case(
        Parallel, (1, 16, 16), tuple((lane, 0, "warp", "affine") for lane in range(4)),
        ("", "", "more.0", "more.1"),
    ),
    "recurrent": Case(
        Recurrent, (1, 16, 16), tuple((0, tick, "warp", "affine") for tick in range(3))
    ),
    "not square": Case(Similar, (1, 8, 24), ((0, 0, "warp", "similarity"),)),
    "volume": Case(Volume, (1, 6, 6, 6), ((0, 0, "warp", "affine-3d"),)),
    "kornia": Case(Homography, (1, 16, 16), ((0, 0, "warp", "projective"),)),
    "deformable convolution": Case(Deformable, (2, 7, 6), ((0, 0, "points", ""),), ("conv",)),
    "flow": Case(FlowWarp, (3, 12, 10), ((0, 0, "field", ""),)),
    "deformable attention": Case(
        Detector, (3, 8, 6), ((0, 0, "points", ""), (0, 1, "points", "")), ("attention",)
    ),
    "compiled attention": Case(
        lambda: Detector(compiled=True), (3, 8, 6), ((0, 0, "points", ""),), ("attention",)
    ),
    "lookup": Case(Lookup, (2, 6, 6), ((0, 0, "lookup", ""),)),
    "planes": Case(Planes, (1, 12, 12), ((0, 0, "planes", ""),)),
    "augmentation": Case(Augmented, (1, 16, 16), ((0, 0, "resampling", "affine"),)),
}  # fmt: skip
