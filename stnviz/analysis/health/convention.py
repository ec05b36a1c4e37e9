"""Half-pixel shift: grid and sampler do not agree on align_corners."""

from __future__ import annotations

from stnviz.analysis.grid_geometry import identity_grid
from stnviz.analysis.health.check import Check, Finding
from stnviz.analysis.health.grid_convention import EXACT
from stnviz.analysis.health.measurements import Measurements


def judge_half_pixel_shift(measured: Measurements) -> Finding | None:
    """Whether the grid was made in another convention than it is read in."""
    made, read = measured.made_with_align_corners, measured.align_corners
    if measured.call is None or made == read:
        return None
    own = identity_grid(measured.output_size, align_corners=read)
    pixels = float(((measured.base - own) * measured.half).abs().max())
    if measured.call.grid_align_corners is None:
        how = f"The grid is exactly the identity or a translation with align_corners={made}"
    else:
        how = f"affine_grid was called with align_corners={made}"
    return Finding(
        1.0,
        f"{how}, the sampler with align_corners={read}: the identity is off by up to "
        f"{pixels:.2g} pixels at the edges.",
        {"pixels": pixels, "grid_align_corners": made, "align_corners": read},
    )


HALF_PIXEL_SHIFT = Check(
    "half-pixel-shift", "Half-pixel shift", "warning",
    "The grid is made in one convention of coordinates and read in the other, so that it is "
    "stretched or shrunk by up to half a pixel at each edge.",
    "Pass the same align_corners to affine_grid and grid_sample; False keeps coordinates "
    "independent of the size. Train again, or at least measure the error again, after the change.",
    "align_corners of affine_grid and of the sampler differ; of a grid that the model makes by "
    "hand: it is the identity or a translation in the other convention in all images, within "
    f"{EXACT:.0%} of a pixel at each edge",
    judge_half_pixel_shift,
)  # fmt: skip
