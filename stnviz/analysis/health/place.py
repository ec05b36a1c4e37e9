"""Illnesses of place: windows beside the image, far larger than it, or shrunk to nothing."""

from __future__ import annotations

import torch

from stnviz.analysis.health.check import Check, Finding, found_in
from stnviz.analysis.health.measurements import Measurements

OUTSIDE = 0.9
"""A grid is out of view if more than this share of its samples lies outside the image."""

SURROUNDED = 0.6
"""A grid is zoomed out if more than this share of its samples lies outside while it covers most of
the image: an upright window 1.6 times as large as the image."""

MOST_OF_IMAGE = 0.5
"""A grid that covers at least this share of the image does not look past it."""

SMALLEST = 0.03
"""A window is collapsed if it is narrower than this share of the image,"""

ONE_PIXEL = 1.0
"""or narrower than this, in pixels."""

FAR = 4.0
"""A shift by more than this is measured in other units: by two images, in half images."""

LARGE = 2.0
"""A window more than this many times as large as the image along every axis, and at positive
coordinates alone, is given in pixels."""

NEGATIVE = -1.5
"""The smallest coordinate of such a window, in half images: pixels have no negative coordinates."""


def judge_out_of_view(measured: Measurements) -> Finding | None:
    """Whether nearly all samples lie outside the image."""
    if not len(measured.grid):
        return None
    outside = measured.outside_share
    which = (outside > OUTSIDE) & (measured.covered < MOST_OF_IMAGE)
    return found_in(
        which, measured,
        f"more than {OUTSIDE:.0%} of the samples lie outside; {_median(outside):.0%} in the "
        "median image.",
        outside=_median(outside), padding=measured.padding,
    )  # fmt: skip


def judge_zoomed_out(measured: Measurements) -> Finding | None:
    """Whether the image is shrunk to a part of the output, with padding around it."""
    if not len(measured.grid):
        return None
    outside = measured.outside_share
    which = (outside > SURROUNDED) & (measured.covered >= MOST_OF_IMAGE)
    low = measured.call.input.low if measured.call else None
    grey = " Zeros are not its darkest value, so the frame is grey." if low and low < 0 else ""
    return found_in(
        which, measured,
        f"more than {SURROUNDED:.0%} of the samples lie around the image; "
        f"{_median(outside):.0%} in the median image.{grey}",
        outside=_median(outside), padding=measured.padding, lowest_input=low,
    )  # fmt: skip


def judge_collapsed(measured: Measurements) -> Finding | None:
    """Whether the window is shrunk to a line or a point."""
    if not len(measured.grid) or min(measured.output_size) < 2:
        return None
    narrowest = measured.window_sizes[:, -1]
    extent = float(min(measured.size))
    limit = max(SMALLEST, ONE_PIXEL / extent) if extent > 1 else 0.0
    share = _median(narrowest)
    return found_in(
        narrowest < limit, measured,
        f"the window is less than {limit:.2g} of the image wide along one of its axes; in the "
        f"median image {share:.2g}, {share * extent:.2g} pixels.",
        narrowest=share, pixels=share * extent,
    )  # fmt: skip


def judge_theta_in_pixels(measured: Measurements) -> Finding | None:
    """Whether coordinates or shifts have the size of pixels instead of half images."""
    if not len(measured.grid):
        return None
    extents = torch.tensor([float(extent) for extent in reversed(measured.size)])
    lowest = measured.grid.flatten(1).min(dim=1).values
    highest = measured.grid.flatten(1, -2).max(dim=1).values
    smallest, largest = measured.window_sizes[:, -1], measured.window_sizes[:, 0]
    all_pixels = (smallest > LARGE) & (lowest > NEGATIVE) & (highest <= 2 * extents).all(dim=1)
    shift = measured.affine[:, :, -1].abs()
    far = (shift.max(dim=1).values > FAR) & (shift <= extents).all(dim=1)
    which = all_pixels | (far & (largest <= LARGE) & (measured.outside_share > OUTSIDE))
    if float(which.float().mean()) < 0.5:
        return None
    typical = _median(shift.max(dim=1).values)
    return found_in(
        which, measured,
        f"the window is {typical:.3g} half images from the middle in the median; as pixels, that "
        "would lie inside the image.",
        shift=typical, window=_median(largest),
    )  # fmt: skip


def _median(values: torch.Tensor) -> float:
    return float(values.median())


OUT_OF_VIEW = Check(
    "out-of-view", "Out of view", "ill",
    "The transformer looks beside the image, where there is only padding; with zeros as padding "
    "no gradient brings it back.",
    "Start again with a smaller learning rate of the localisation network, a penalty on the "
    "distance to the identity, or border padding; or bound the shift with a tanh.",
    f"more than {OUTSIDE:.0%} of the samples lie outside, and the grid covers less than "
    f"{MOST_OF_IMAGE:.0%} of the image",
    judge_out_of_view, hides=("zero-gradient", "other-convention"),
)  # fmt: skip

ZOOMED_OUT = Check(
    "zoomed-out", "Zoomed out", "warning",
    "The transformer shrinks the image and fills the rest of its output with padding, as a grey "
    "or black frame.",
    "Bound the scale, penalise the distance to the identity, and pad with the background's "
    "value: subtract it before the transformer, or normalise the images behind it.",
    f"more than {SURROUNDED:.0%} of the samples lie outside, and the grid covers at least "
    f"{MOST_OF_IMAGE:.0%} of the image",
    judge_zoomed_out,
)  # fmt: skip

COLLAPSED = Check(
    "collapsed", "Collapsed", "ill",
    "The window has shrunk to a line or a point, so that the output is smeared from a few pixels.",
    "Start again with a smaller learning rate of the localisation network, and bound the scale "
    "from below, for example with exp or a sigmoid.",
    f"the window, as the closest affine map, is narrower than {SMALLEST:.0%} of the image or than "
    f"{ONE_PIXEL:g} pixel",
    judge_collapsed, hides=("folded", "mirrored", "sheared"),
)  # fmt: skip

THETA_IN_PIXELS = Check(
    "theta-in-pixels", "Theta in pixels", "ill",
    "The grid is given in pixels, but the sampler takes half images: -1 and 1 are the edges, so "
    "nearly everything is read from outside.",
    "Divide shifts in x by half of the width and shifts in y by half of the height; "
    "stnviz.geometry converts points, boxes and OpenCV's matrices.",
    f"most shifts are larger than {FAR:g} half images while the scale is usual, or the window is "
    f"more than {LARGE:g} times as large as the image, at positive coordinates; and both would "
    "lie inside the image if they were pixels",
    judge_theta_in_pixels,
    hides=("out-of-view", "zoomed-out", "aliasing", "zero-gradient", "other-convention"),
)  # fmt: skip
