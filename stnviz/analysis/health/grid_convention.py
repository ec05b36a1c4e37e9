"""The convention in which a grid was made, which may differ from the sampler's.

``affine_grid`` says its own. Of a grid that a model makes by hand it can be told where the grid is
exactly a simple map in one of them: the identity or a translation, read in the other convention,
is stretched or shrunk by a factor that no network predicts by chance, w / (w - 1) at w pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stnviz.analysis.grid_geometry import affine_part, identity_grid
from stnviz.records import SamplerCall
from stnviz.shapes import Float

EXACT = 0.02
"""A factor is exact if it is this close, measured in its distance to 1."""


def grid_convention(
    grid: Float[Tensor, "b *size d"], call: SamplerCall | None, align_corners: bool
) -> bool:
    """Whether the grids of one step were made with ``align_corners=True``.

    Args:
        grid: of all images.
        call: how the sampler was called; None for networks of this package.
        align_corners: the sampler's convention, which is taken where nothing speaks against it.
    """
    if call is None:
        return align_corners
    if call.grid_align_corners is not None:
        return call.grid_align_corners
    fits = _is_translation_of_the_other(grid, align_corners)
    return not align_corners if fits else align_corners


def _is_translation_of_the_other(grid: Tensor, align_corners: bool) -> bool:
    size = tuple(grid.shape[1:-1])
    if not len(grid) or min(size) < 3:
        return False
    base = identity_grid(size, align_corners=align_corners)
    rows = affine_part(grid, base)
    extents = torch.tensor([float(extent) for extent in reversed(size)])
    factor = (extents - 1) / extents if align_corners else extents / (extents - 1)
    exact = EXACT / extents
    off = (rows[:, :, :-1] - torch.diag(factor)).abs()
    left = (_mapped(rows, base) - grid).abs()
    return bool((off <= exact).all()) and bool((left <= exact).all())


def _mapped(rows: Tensor, base: Tensor) -> Tensor:
    """(b, *size, d) the affine maps at all points of a grid."""
    flat = base.flatten(0, -2) @ rows[:, :, :-1].mT + rows[:, None, :, -1]
    return flat.unflatten(1, tuple(base.shape[:-1]))
