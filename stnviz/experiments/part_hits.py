"""Part-hit rates of a bird network: which parts its windows contain, beside two baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from stnviz.analysis.part_hits import baselines, contains_part, region_rates
from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.birds.parts import PARTS, REGIONS
from stnviz.data.image_source import ImageSource
from stnviz.models.birds import BirdNetwork
from stnviz.models.inference import evaluation_mode

LETTERS = "ABCD"


def part_hits(model: BirdNetwork, pictures: ImageSource, birds: BirdSet) -> dict[str, Any]:
    """Part-hit rates of each window of a network over a data set.

    Args:
        model: a network with transformers.
        pictures: every bird once, in order.
        birds: the same birds, with their parts.

    Returns:
        ``windows``, window letter to region to rate; ``fixed`` and ``random``, region to rate of
        the best fixed window and of random ones, at the network's mean window size; ``size``, that
        size.
    """
    points, seen = points_of(birds)
    rows = window_rows(model, pictures)
    size = min(1.0, float(np.sqrt(np.abs(np.linalg.det(rows[..., :2]))).mean()))
    fixed, thrown = baselines(size, points, seen, PARTS, REGIONS)
    return {
        "windows": {
            LETTERS[lane]: _rounded(
                region_rates(contains_part(window, points), seen, PARTS, REGIONS)
            )
            for lane, window in enumerate(rows.swapaxes(0, 1))
        },
        "fixed": _rounded(fixed),
        "random": _rounded(thrown),
        "size": round(size, 4),
    }


def points_of(birds: BirdSet) -> tuple[np.ndarray, np.ndarray]:
    """Parts as (x, y) in [-1, 1], and whether they are visible."""
    return 2 * birds.parts[:, :, :2] - 1, birds.parts[:, :, 2] > 0


def window_rows(model: BirdNetwork, pictures: ImageSource) -> np.ndarray:
    """Affine matrix of every window in every image, (N, lanes, 2, 3)."""
    found = []
    with evaluation_mode(model):
        for images, _ in pictures.once():
            steps = model(images).steps
            found.append(torch.stack([model.transform.rows(step.theta) for step in steps], dim=1))
    return torch.cat(found).cpu().numpy()


def _rounded(rates: dict[str, float]) -> dict[str, float]:
    return {name: round(rate, 4) for name, rate in rates.items()}
