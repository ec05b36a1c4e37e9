"""What a sampling grid is, before it is judged: not every grid is a spatial transformer.

An augmentation is not accused of being independent of the image's content, nor a flow field of
folding, nor the points of an attention of lying outside.
"""

from __future__ import annotations

from stnviz.analysis.capture.fit import Fit
from stnviz.analysis.capture.raw import SampledCall
from stnviz.records import Kind

LOOKUP_FOLD = 16
LOOKUP_POINTS = 15 * 15
"""A lookup samples at most this many points, in a batch at least ``LOOKUP_FOLD`` times as large."""

MOST_POINTS = 16
"""A grid with at most this many columns, that is no smooth map, is a set of points per query."""


def kind_before_fit(call: SampledCall, folded: int) -> Kind | None:
    """The kind, where the shapes alone tell it.

    Args:
        call: of a sampler.
        folded: number of its grids for each image.
    """
    size = tuple(call.grid.shape[1:-1])
    if call.are_points or call.operator == "torchvision::deform_conv2d":
        return "points"
    wide = [extent for extent in size if extent > 1]
    if len(wide) <= 1:
        return "planes" if wide and len(size) == 2 else "points"
    few = size[0] * size[-1] <= LOOKUP_POINTS
    if folded >= LOOKUP_FOLD and few and call.input.shape[1] <= 1:
        return "lookup"
    return None


def kind_of(call: SampledCall, folded: int, fit: Fit, *, gradient_expected: bool) -> Kind:
    """What a grid is.

    Args:
        call: of a sampler.
        folded: number of its grids for each image.
        fit: the transform that fits its grids best.
        gradient_expected: whether a grid that the model predicts would require a gradient here.
    """
    is_known = bool(fit.transform)
    if not is_known and not fit.smooth and call.grid.ndim == 4:
        height, width = call.grid.shape[1:-1]
        if width <= MOST_POINTS and (folded > 1 or height >= 4 * width):
            return "points"
    if gradient_expected and not call.needs_gradient:
        return "resampling"
    return "warp" if is_known or fit.smooth else "field"
