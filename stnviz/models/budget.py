"""One number of parameters for every network of an experiment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from stnviz.models.output import Model

C = TypeVar("C")


def count_parameters(build: Callable[[], Model]) -> int:
    """How many numbers a network learns, without building it in memory."""
    with torch.device("meta"):
        return sum(p.numel() for p in build().parameters() if p.requires_grad)


def fit_width(build: Callable[[int], C], network: Callable[[C], Model], budget: int) -> C:
    """The config, of those with any width, whose parameter count is nearest to ``budget``.

    Args:
        build: from a width to a config; more width, more parameters.
        network: from a config to its network.
        budget: parameters.
    """

    def count(width: int) -> int:
        return count_parameters(lambda: network(build(width)))

    low, high = 1, 2
    while count(high) < budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < budget else (low, middle)
    return build(min((low, high), key=lambda width: abs(count(width) - budget)))
