"""Replay of a compositor's training, which places glasses on faces: where they lie, how far off."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from stnviz.records import Array, History

NOT_FINITE = "not finite"
"""The prediction of a network whose outputs are not finite."""
NOWHERE = "The glasses are nowhere: theta is not finite, the training has diverged."
KEY = (
    "Share of the faces whose glasses are off by more than half as far as at the start: of faces "
    "for validation (blue) and of the training's (dashed)."
)
WORDS = (
    "The window is where the network puts the glasses, which are drawn where they began; its "
    "corners are off by {:.2f} half pictures."
)


def describe_glasses(history: History, model: dict[str, Any]) -> dict[str, Any]:
    """How far the corners of the glasses are off in each image, at every snapshot.

    Args:
        history: of a compositor.
        model: its config, as a card has it.
    """
    import torch

    from stnviz.analysis.corner_error import corner_errors
    from stnviz.experiments.glasses import OFF

    labels = torch.from_numpy(history.labels)
    rows = [corner_errors(answer, labels).tolist() for answer in _answers(history, model)]
    return {
        "labels": ["face"] * len(history.labels),
        "said": [[f"{off:.2f}" if isfinite(off) else NOT_FINITE for off in row] for row in rows],
        "shares": [[round(off, 4) for off in row] for row in rows],
        "right": [[off <= OFF for off in row] for row in rows],
        "words": [[WORDS.format(off) if isfinite(off) else NOWHERE for off in row] for row in rows],
        "key": KEY,
        "missed": "glasses off in",
    }


def glasses_corners(history: History, model: dict[str, Any], lattice: int) -> Array:
    """Where a lattice of the glasses' box lies in the images: (N, 1, B, L * L, 2).

    Args:
        history: of a compositor.
        model: its config, as a card has it.
        lattice: L, points along each side.
    """
    import torch

    from stnviz.analysis.corner_error import output_corners
    from stnviz.transforms.thin_plate_spline import control_points

    across, down = ((1 + axis) / 2 for axis in control_points(lattice).unbind(dim=1))
    shares = [(1 - across) * (1 - down), across * (1 - down), across * down, (1 - across) * down]
    start = torch.from_numpy(history.labels)[:, :4].float()
    box = torch.stack(shares, dim=1) @ start
    places = [output_corners(answer, box) for answer in _answers(history, model)]
    found: Array = torch.stack(places)[:, None].numpy().astype(np.float32)
    return found


def _answers(history: History, model: dict[str, Any]) -> list[Any]:
    """The whole map of each image, at every snapshot."""
    import torch

    from stnviz.transforms import create_transform
    from stnviz.transforms.projective import as_projective

    transform = create_transform(model["transform"], **model.get("transform_options", {}))
    thetas = (torch.from_numpy(snapshot.thetas[-1].copy()) for snapshot in history.snapshots)
    return [as_projective(transform, theta) for theta in thetas]
