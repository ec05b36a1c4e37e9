"""The training loop: a generator of records that somebody prints, draws or tests.

A step is a function of the state and its number: batches come from (seed, step) and the
rate from the step alone. What resumes a run is therefore the weights, the optimiser's
moments and one integer (:mod:`stnviz.training.state`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stnviz.data.digits import Digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.models import Model
from stnviz.records import TrainingRecord
from stnviz.training.batches import Batches
from stnviz.training.devices import Precision, choose_precision


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Args:
        data: name of the distortion.
        steps: optimiser steps.
        seed: of the weights and of every batch.
        batch: digits a step.
        rate: highest learning rate; linear warm-up over the first tenth, then a half cosine
            down to nothing.
        localisation_rate: learning rate of the localisation network, as a share of ``rate``.
        weight_decay: of AdamW.
        clip: longest gradient, in norm.
        precision: of the convolutions; theta and grids are float32 in any case.
    """

    data: str
    steps: int
    seed: int = 0
    batch: int = 256
    rate: float = 3e-3
    localisation_rate: float = 0.3
    weight_decay: float = 0.01
    clip: float = 1.0
    precision: Precision = "auto"

    def rate_at(self, step: int) -> float:
        """Learning rate of the step with this number, counted from 0."""
        warm = max(1, self.steps // 10)
        if step < warm:
            return self.rate * (step + 1) / warm
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (self.steps - warm)))


def create_optimiser(model: Model, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW with the localisation networks in a group of their own."""
    looking: list[nn.Parameter] = []
    reading: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (looking if ".localisation." in f".{name}" else reading).append(parameter)
    groups: list[dict[str, Any]] = [{"params": reading, "share": 1.0}]
    if looking:
        groups.append({"params": looking, "share": recipe.localisation_rate})
    return torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=recipe.weight_decay)


class Training:
    """A model in training; iterate :meth:`run` to train it.

    Args:
        model: on its device.
        recipe: how it is trained.
        digits: clean training digits.
    """

    def __init__(self, model: Model, recipe: Recipe, digits: Digits) -> None:
        self.model, self.recipe = model, recipe
        self.device = next(model.parameters()).device
        self.batches = Batches(digits, DISTORTIONS.get(recipe.data), self.device)
        self.optimiser = create_optimiser(model, recipe)
        self.precision = choose_precision(recipe.precision, self.device)
        self.done = 0
        self.stopping = False

    def stop(self) -> None:
        """End :meth:`run` after the step in hand, so that what is left is a whole state."""
        self.stopping = True

    def run(self, every: int = 50) -> Iterator[TrainingRecord]:
        """Train to the end of the recipe, yielding a record every ``every`` steps."""
        began, seen = time.monotonic(), 0
        loss_sum = torch.zeros((), device=self.device)
        wrong_sum = torch.zeros((), device=self.device)
        self.model.train()
        while self.done < self.recipe.steps and not self.stopping:
            rate = self.recipe.rate_at(self.done)
            loss, wrong_here = self.step(rate)
            loss_sum += loss
            wrong_sum += wrong_here
            seen += 1
            if self.done % every == 0 or self.done == self.recipe.steps:
                seconds = time.monotonic() - began
                yield TrainingRecord(
                    self.done, self.recipe.steps, float(loss_sum) / seen,
                    float(wrong_sum) / (seen * self.recipe.batch), rate, seconds,
                )  # fmt: skip
                loss_sum.zero_()
                wrong_sum.zero_()
                seen = 0

    def step(self, rate: float) -> tuple[Tensor, Tensor]:
        """One optimiser step; the loss and how many answers were wrong."""
        images, labels = self.batches.draw(self.recipe.batch, self.recipe.seed, self.done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        with torch.autocast(
            self.device.type, self.precision, enabled=self.precision != torch.float32
        ):
            logits = self.model(images).logits
        loss = F.cross_entropy(logits, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimiser.step()
        self.done += 1
        return loss.detach(), (logits.argmax(dim=1) != labels).sum()
