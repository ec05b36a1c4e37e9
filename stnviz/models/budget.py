"""One number of parameters for every network of an experiment."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import torch

from stnviz.models.output import Model

C = TypeVar("C")

START = 32
"""The width that is counted first."""


def count_parameters(build: Callable[[], Model]) -> int:
    """How many numbers a network learns, without building it in memory."""
    with torch.device("meta"):
        return sum(p.numel() for p in build().parameters() if p.requires_grad)


def fit_width(build: Callable[[int], C], network: Callable[[C], Model], budget: int) -> C:
    """The config, of those with any width, whose parameter count is nearest to ``budget``.

    The next width to count at is guessed from the last two (the secant method).

    Args:
        build: from a width to a config; more width, more parameters.
        network: from a config to its network.
        budget: parameters.
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
