"""Parameter budget: choose a width so that all networks of an experiment are equally large."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import torch

from stnviz.models.output import Model

C = TypeVar("C")

START = 32
"""The first width that is tried."""


def count_parameters(build: Callable[[], Model]) -> int:
    """The number of trainable parameters, counted on the meta device without using memory."""
    with torch.device("meta"):
        return sum(p.numel() for p in build().parameters() if p.requires_grad)


def fit_width(build: Callable[[int], C], network: Callable[[C], Model], budget: int) -> C:
    """The config whose width gives the parameter count nearest to ``budget``.

    The next width to try follows from the last two by the secant method.

    Args:
        build: maps a width to a config; a larger width gives more parameters.
        network: builds the network of a config.
        budget: the wanted number of parameters.
    """

    @cache
    def count(width: int) -> int:
        return count_parameters(lambda: network(build(width)))

    low, high, before, width = 1, 0, 1, START
    while not high or high - low > 1:
        low, high = (width, high) if count(width) < budget else (low, width)
        slope = max(1.0, (count(width) - count(before)) / (width - before))
        guess = round(width + (budget - count(width)) / slope)
        before, width = width, max(low + 1, min(guess, high - 1 if high else 2 * width))
    return build(min((low, high), key=lambda width: abs(count(width) - budget)))
