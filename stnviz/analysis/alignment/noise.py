"""How exact must theta be? The answers of a model while noise is added to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from stnviz.analysis.grid_geometry import identity_grid
from stnviz.analysis.health.answers import probabilities, wrong
from stnviz.analysis.health.rerun import CannotRun, Rerun, with_grids
from stnviz.analysis.inspect import inspect
from stnviz.records.alignment import NoiseCurve
from stnviz.records.windows import warps_of
from stnviz.shapes import Float, Shaped

LEVELS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Standard deviations of the noise."""


def measure_noise(
    model: nn.Module,
    images: Float[Tensor, "b c h w"],
    labels: Shaped[Tensor, "b ..."] | None = None,
    *,
    levels: Sequence[float] = LEVELS,
    lane: int = 0,
    seed: int = 0,
) -> NoiseCurve:
    """Add noise to theta of one transformer, and compare the answers.

    Gaussian noise is added to the six numbers of the affine part of each window's theta, whatever
    its family: it displaces a grid by a random affine map. Each image has its own noise, which only
    grows from level to level.

    Args:
        model: a classifier; it is left as it was.
        images: as the model takes them.
        labels: their classes, for the error.
        levels: standard deviations of the noise: half images for shifts, factors for the rest.
        lane: of the transformer; its first step gets the noise.
        seed: of the noise.

    Raises:
        ValueError: the model has no such transformer, or gives no classes.

    Example:
        >>> curve = stnviz.measure_noise(model, images, labels)
        >>> stnviz.plot_noise(curve).savefig("noise.png")
    """
    trace = inspect(model, images)
    steps = [step for step in warps_of(trace) if step.lane == lane]
    if not steps:
        raise ValueError(f"The model has no transformer in lane {lane} that warps pictures.")
    try:
        rerun = Rerun(model, trace)
    except CannotRun as error:
        raise ValueError(str(error)) from error
    undisturbed = probabilities(rerun.answer)
    place = rerun.call_of(steps[0])
    if undisturbed is None:
        raise ValueError("The model gives no classes, so that its answers cannot be counted.")
    if place is None:
        raise ValueError("The model samples otherwise when it is run again: switch its noise off.")
    call, part, folded = place
    noise = torch.randn(len(images), 2, 3, generator=torch.Generator().manual_seed(seed))
    align_corners = steps[0].call is not None and steps[0].call.align_corners
    agreement, errors = [], []
    for level in levels:
        edit = with_grids(
            part,
            folded,
            lambda grid: _shaken(grid, level * noise, align_corners),  # noqa: B023
        )
        found = probabilities(rerun.run(call, edit))
        assert found is not None  # as without noise
        changed = wrong(found, undisturbed.argmax(dim=-1))
        agreement.append(1 - float(changed.float().mean()))
        if labels is not None:
            errors.append(float(wrong(found, labels).float().mean()))
    return NoiseCurve(
        np.array(levels, float), np.array(agreement), np.array(errors) if errors else None
    )


def _shaken(
    grid: Float[Tensor, "b h w 2"], theta: Float[Tensor, "b 2 3"], align_corners: bool
) -> Float[Tensor, "b h w 2"]:
    """A grid with the grid of an affine map added to it."""
    height, width = grid.shape[1:3]
    points = identity_grid((height, width), align_corners=align_corners).flatten(0, 1)
    moved = points @ theta[:, :, :2].mT + theta[:, None, :, 2]
    return grid + moved.unflatten(1, (height, width)).to(grid)
