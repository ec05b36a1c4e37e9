"""One picture, and where a network's transformers look in it."""

from __future__ import annotations

from dataclasses import dataclass

from stnviz.records.trace import Array


@dataclass(frozen=True)
class View:
    """One picture, and where transformers look in it.

    Args:
        image: (C, H, W) in [0, 1].
        lattices: (ticks, lanes, L * L, 2): a regular lattice of each window, in the picture; of
            several transformers one after another all that have acted up to each tick.
        crops: one for each tick, of (lanes, C, h, w): the picture read there.
        logits: the network's answer, (classes) or (places, classes).
    """

    image: Array
    lattices: Array
    crops: tuple[Array, ...]
    logits: Array
