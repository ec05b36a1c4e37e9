"""Training recipe: every hyperparameter with its range and a description.

It does not import torch, so that the command line and the Train page can describe and validate a
recipe before torch is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from stnviz.records import Parameter

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

MAX_SEED = 2**63 - 1


def hyperparameter(
    default: float, low: float, high: float, description: str, unit: str = ""
) -> Any:
    """A field of :class:`Recipe` that is offered as a slider and as a command-line option.

    Args:
        default: default value.
        low: minimum value.
        high: maximum value.
        description: one line on what it does.
        unit: unit, as in :class:`stnviz.records.Parameter`.
    """
    described = (float(default), float(low), float(high), unit, description)
    return field(default=default, metadata={"parameter": described})


@dataclass(frozen=True)
class Recipe:
    """The settings of a training.

    ``HYPERPARAMETERS`` describes the fields from ``learning_rate`` to ``patience``. The learning
    rate warms up linearly over the first tenth of the steps, then decays to 0 as a half cosine.

    Args:
        data: name of the data set.
        steps: optimiser steps.
        seed: seed of the weights and of every batch.
        batch_size: images per step, over all processes together.
        gradient_clip: maximum gradient norm.
        precision: precision of the convolutions; theta and grids are always float32.
        init_from: checkpoint for the initial weights, or a group of checkpoints, of which the same
            network is used, else the plain one (:func:`stnviz.checkpoints.init_from.find_init`);
            "" for random weights.
    """

    data: str
    steps: int
    seed: int = 0
    batch_size: int = 256
    learning_rate: float = hyperparameter(3e-3, 1e-6, 1.0, "Highest learning rate.")
    localisation_lr_ratio: float = hyperparameter(
        0.3, 0.0, 10.0,
        "Learning rate of the localisation network, as a share of the rate; "
        "small keeps the transformer near where it began.", "x",
    )  # fmt: skip
    dropout: float = hyperparameter(
        0.0, 0.0, 0.9,
        "Share of the classifier's features left out at random in each step, against "
        "overfitting.",
    )  # fmt: skip
    elastic_augmentation: float = hyperparameter(
        0.0, 0.0, 5.0,
        "How far 16 points of each training digit stray before it is distorted, against "
        "overfitting.", "px",
    )  # fmt: skip
    weight_decay: float = hyperparameter(
        0.01, 0.0, 10.0, "Pull of every weight towards zero (AdamW), against overfitting."
    )
    label_smoothing: float = hyperparameter(
        0.0, 0.0, 0.5,
        "Share of each label spread over all classes, so that the network never aims at "
        "certainty.",
    )  # fmt: skip
    ema_decay: float = hyperparameter(
        0.0, 0.0, 0.9999,
        "Memory of a running average of the weights, which is what is kept in the end; 0 "
        "keeps the last weights.",
    )  # fmt: skip
    identity_penalty: float = hyperparameter(
        0.0, 0.0, 100.0,
        "Weight of the identity penalty: mean squared distance between the sampling grid and "
        "the identity's, in half images.",
    )  # fmt: skip
    consistency_weight: float = hyperparameter(
        0.0, 0.0, 100.0,
        "Weight of the consistency loss: an image and the same image, warped a little more, "
        "should be read out alike.",
    )  # fmt: skip
    perturbation: float = hyperparameter(
        0.0, 0.0, 1.0,
        "How far windows are perturbed, in half images, one way and the other: the localisation "
        "network learns from which was better (a two-sided evolution-strategies estimate); 0 "
        "learns through the sampler.",
    )  # fmt: skip
    curriculum: float = hyperparameter(
        0.0, 0.0, 1.0,
        "Share of the run over which house numbers get smaller, from those of tight crops on; 0 "
        "begins with small ones.",
    )  # fmt: skip
    patience: int = hyperparameter(
        0, 0, 1000,
        "Early stopping: end after this many snapshots of the probe without a better validation "
        "error, and keep the best weights; 0 trains to the end.",
    )  # fmt: skip
    gradient_clip: float = 1.0
    precision: Precision = "auto"
    init_from: str = ""

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step; steps are counted from 0."""
        warm = max(1, self.steps // 10)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        if step >= self.steps:
            return 0.0
        return (
            self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (self.steps - warm)))
        )

    def problems(self) -> Iterator[str]:
        """Yield one sentence for each invalid value."""
        for name in ("steps", "batch_size"):
            if getattr(self, name) < 1:
                yield f"{_title(name)} is {getattr(self, name)}: give at least 1."
        if not 0 <= self.seed <= MAX_SEED:
            yield f"Seed is {self.seed}: give a whole number from 0 to {MAX_SEED}."
        if self.precision not in PRECISIONS:
            yield f"Unknown precision {self.precision!r}: choose one of {', '.join(PRECISIONS)}."
        if self.perturbation and (self.consistency_weight or self.identity_penalty):
            yield (
                "Perturbation goes with neither identity penalty nor consistency: set it, or "
                "both of them, to 0."
            )
        for parameter in HYPERPARAMETERS:
            value = getattr(self, parameter.name)
            if not (math.isfinite(value) and parameter.low <= value <= parameter.high):
                yield (
                    f"{_title(parameter.name)} is {value:g}: give a number from "
                    f"{parameter.low:g} to {parameter.high:g}."
                )


HYPERPARAMETERS = tuple(
    Parameter(one.name, *one.metadata["parameter"])
    for one in fields(Recipe)
    if "parameter" in one.metadata
)
"""The fields that are offered as sliders and as command-line options."""


def _title(name: str) -> str:
    return name.replace("_lr_", "_learning_rate_").replace("_", " ").capitalize()
