"""A captured grid in this package's convention, ``align_corners=False``, for everything drawn."""

from __future__ import annotations

import numpy as np

from stnviz.records.trace import Array, Step


def conventional_grid(step: Step[Array]) -> Array:
    """The grid of a step with -1 and 1 at the edges of the input, however its model has them.

    With ``align_corners=True``, -1 and 1 are the centres of the outermost pixels: x of them is
    x (W - 1) / W of ours.
    """
    if step.call is None or not step.call.align_corners:
        return step.grid
    extents = np.array(step.input.shape[:1:-1], step.grid.dtype)  # (W, H), or (W, H, D)
    converted: Array = step.grid * ((extents - 1) / extents)
    return converted
