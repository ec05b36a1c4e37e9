"""What windows hold: in how many pictures a transformer's window has a part of a bird in it.

A window holds a *region*, such as the head, where all of the region's visible parts lie in it.
Two baselines say what that is worth: the best window of the same size that stays where it is
for every picture, chosen with hindsight, and a window thrown at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.floating]

PLACES = 41
"""Places along each axis at which a fixed window is tried."""


def contains_part(rows: Floats, points: Floats) -> Bools:
    """Whether points lie in windows.

    Args:
        rows: (N, 2, 3), from a window's own [-1, 1] to the picture's.
        points: (N, M, 2), (x, y) in [-1, 1].

    Returns:
        (N, M); a window without area holds nothing.
    """
    linear, shift = rows[:, :, :2], rows[:, :, 2]
    flat = np.abs(np.linalg.det(linear)) < 1e-8
    inverse = np.linalg.inv(np.where(flat[:, None, None], np.eye(2), linear))
    within = np.einsum("nij,nmj->nmi", inverse, points - shift[:, None])
    return (np.abs(within) <= 1).all(axis=2) & ~flat[:, None]


def region_rates(
    inside: Bools, seen: Bools, names: Sequence[str], regions: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Share of pictures whose window holds each region, of those where any of it is seen.

    Args:
        inside: (N, M) whether each part lies in the window.
        seen: (N, M) whether it is visible.
        names: of the M parts.
        regions: each region's parts.
    """
    rates = {}
    for region, parts in regions.items():
        columns = [names.index(part) for part in parts]
        visible = seen[:, columns].sum(axis=1)
        held = (inside & seen)[:, columns].sum(axis=1)
        there = visible > 0
        rates[region] = float((held == visible)[there].mean()) if there.any() else 0.0
    return rates


def baselines(
    size: float,
    points: Floats,
    seen: Bools,
    names: Sequence[str],
    regions: Mapping[str, Sequence[str]],
) -> tuple[dict[str, float], dict[str, float]]:
    """The best fixed window of one size for each region, and a random one.

    Args:
        size: of the window, 1 for the whole picture; it stays inside the picture.
        points: (N, M, 2) in [-1, 1].
        seen: (N, M).
        names: of the parts.
        regions: each region's parts.

    Returns:
        Rates of the best window, which need not be one for all regions, and mean rates over
        all places.
    """
    reach = max(0.0, 1 - size)
    everything: dict[str, list[float]] = {region: [] for region in regions}
    for x in np.linspace(-reach, reach, PLACES):
        for y in np.linspace(-reach, reach, PLACES):
            inside = (np.abs(points - (x, y)) <= size).all(axis=2)
            for region, rate in region_rates(inside, seen, names, regions).items():
                everything[region].append(rate)
    best = {region: max(rates) for region, rates in everything.items()}
    return best, {region: float(np.mean(rates)) for region, rates in everything.items()}
