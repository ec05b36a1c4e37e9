"""What a model answers, in one tensor, and how two such answers differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stnviz.shapes import Float

SUM = 1e-3
"""Rows are probabilities if they are positive and their sums are this close to 1."""

SAME = 1e-3
"""Answers that differ less than this between images, relative to their size, count as this far
apart."""


class NoAnswer(ValueError):
    """The model returns nothing that can be compared."""


def answers(model: nn.Module, images: Float[Tensor, "b ..."]) -> Tensor:
    """The first tensor of a model's output with one row for each image.

    Args:
        model: a network of this package, or any that returns a tensor, or tensors in a tuple, a
            list, a dict, or an object with ``logits``.
        images: as the model takes them.

    Returns:
        (B, ...), float32.

    Raises:
        NoAnswer: there is no such tensor.
    """
    output = model(images)
    waiting: list[Any] = [getattr(output, "logits", output)]
    for _ in range(100):
        if not waiting:
            break
        value = waiting.pop(0)
        if isinstance(value, Tensor) and value.ndim >= 1 and len(value) == len(images):
            if value.is_floating_point():
                return value.float()
        elif isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
    raise NoAnswer("The model returns no tensor with one row for each image.")


def probabilities(values: Tensor) -> Float[Tensor, " b *places k"] | None:
    """Probabilities of classes, if a model's answer looks like a classification; else None.

    Args:
        values: (B, ...) probabilities, their logarithms, or logits.
    """
    if values.ndim not in (2, 3) or values.shape[-1] < 2:
        return None
    if bool((values >= 0).all()) and bool(((values.sum(dim=-1) - 1).abs() < SUM).all()):
        return values
    return values.softmax(dim=-1)  # of logarithms of probabilities it gives the probabilities


@dataclass(frozen=True)
class Difference:
    """How two answers to the same images differ.

    Args:
        relative: mean absolute change of the numbers, in parts of their own differences between
            images.
        probability: mean probability that moves to other classes; None without classes.
        classes: share of the images whose class changes; None without classes.
    """

    relative: float
    probability: float | None = None
    classes: float | None = None

    @property
    def text(self) -> str:
        """In words."""
        own = f"{self.relative:.1%} of what differs between images"
        if self.probability is None:
            return own
        return f"{self.classes:.0%} of the classes, {self.probability:.1%} of probability and {own}"


def difference(before: Tensor, after: Tensor) -> Difference:
    """Compare two answers, (B, ...) each."""
    own = (before - before.mean(dim=0)).abs().mean()
    least = float(SAME * before.abs().mean()) or SAME
    relative = float((before - after).abs().mean() / own.clamp(min=least))
    first, second = probabilities(before), probabilities(after)
    if first is None or second is None:
        return Difference(relative)
    # Half of the absolute differences is the probability that goes to other classes.
    moved = (first - second).abs().sum(dim=-1).mean() / 2
    other = (first.argmax(dim=-1) != second.argmax(dim=-1)).reshape(len(first), -1).any(dim=1)
    return Difference(relative, float(moved), float(other.float().mean()))


def wrong(values: Tensor, labels: Tensor) -> Tensor:
    """(B,) whether the class of any place is wrong.

    Args:
        values: (B, K) or (B, places, K).
        labels: (B,) or (B, places).
    """
    answer = values.argmax(dim=-1)
    return (answer != labels.to(answer.device)).reshape(len(answer), -1).any(dim=1)


def entropy(values: Float[Tensor, " b *places k"]) -> Float[Tensor, " b"]:
    """Mean entropy of the probabilities over the places of each answer, in nats."""
    each = -torch.special.xlogy(values, values).sum(dim=-1)
    return each.reshape(len(values), -1).mean(dim=1)
