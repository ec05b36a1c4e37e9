"""One image with the windows, crops and logits of a network on it."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.records.trace import Array


@dataclass(frozen=True)
class View:
    """One image with the windows of a network's transformers.

    Args:
        image: (C, H, W) in [0, 1].
        lattices: (ticks, lanes, L * L, 2) a regular lattice of each window in image coordinates;
            transformers applied one after another are composed up to each step.
        crops: for each step, (lanes, C, h, w): the image sampled at the windows.
        logits: the network's logits, (classes) or (places, classes).
    """

    image: Array
    lattices: Array
    crops: tuple[Array, ...]
    logits: Array
