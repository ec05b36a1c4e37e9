"""Part-hit rates: the share of images in which a window contains a part of a bird.

A window contains a *region*, such as the head, if all visible parts of the region lie in it. Two
baselines put the rates into context: the best fixed window of the same size for all images, chosen
in hindsight, and a window at a random position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.floating]

PLACES = 41
"""Positions along each axis at which a fixed window is tried."""


def contains_part(rows: Floats, points: Floats) -> Bools:
    """Whether points lie in windows.

    Args:
        rows: (N, 2, 3), affine matrices from the window's [-1, 1] to the image's.
        points: (N, M, 2), (x, y) in [-1, 1].

    Returns:
        (N, M); a window without area contains no point.
    """
    linear, shift = rows[:, :, :2], rows[:, :, 2]
    flat = np.abs(np.linalg.det(linear)) < 1e-8
    inverse = np.linalg.inv(np.where(flat[:, None, None], np.eye(2), linear))
    within = np.einsum("nij,nmj->nmi", inverse, points - shift[:, None])
    return (np.abs(within) <= 1).all(axis=2) & ~flat[:, None]


def region_rates(
    inside: Bools, seen: Bools, names: Sequence[str], regions: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """For each region: share of images whose window contains it, among those where it is visible.

    Args:
        inside: (N, M) whether each part lies in the window.
        seen: (N, M) whether each part is visible; a region is visible if any of its parts is.
        names: names of the M parts.
        regions: names of each region's parts.
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
    """Rates of the best fixed window of a given size for each region, and of a random window.

    Args:
        size: size of the window, 1 for the whole image; the window stays inside the image.
        points: (N, M, 2) positions of the parts, in [-1, 1].
        seen: (N, M) whether each part is visible.
        names: names of the M parts.
        regions: names of each region's parts.

    Returns:
        Rates of the best window, which may differ between regions, and mean rates over all
        window positions.
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
