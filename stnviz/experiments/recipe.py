"""How a network is trained: every choice, its bounds and one line on what it does.

Torch-free, so that the command line and the Train page can describe, read and judge a
recipe before anything heavy is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from stnviz.records import Parameter

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

MAX_SEED = 2**63 - 1

HYPERPARAMETERS = (
    Parameter("learning_rate", 3e-3, 1e-6, 1.0, "", "Highest learning rate."),
    Parameter(
        "localisation_lr_ratio", 0.3, 0.0, 10.0, "x",
        "Learning rate of the localisation network, as a share of the rate; "
        "small keeps the transformer near where it began.",
    ),
    Parameter(
        "dropout", 0.0, 0.0, 0.9, "",
        "Share of the classifier's features left out at random in each step, against "
        "overfitting.",
    ),
    Parameter(
        "elastic_augmentation", 0.0, 0.0, 5.0, "px",
        "How far 16 points of each training digit stray before it is distorted, against "
        "overfitting.",
    ),
    Parameter(
        "weight_decay", 0.01, 0.0, 10.0, "",
        "Pull of every weight towards zero (AdamW), against overfitting.",
    ),
    Parameter(
        "label_smoothing", 0.0, 0.0, 0.5, "",
        "Share of each label spread over all classes, so that the network never aims at "
        "certainty.",
    ),
    Parameter(
        "ema_decay", 0.0, 0.0, 0.9999, "",
        "Memory of a running average of the weights, which is what is kept in the end; 0 "
        "keeps the last weights.",
    ),
    Parameter(
        "identity_penalty", 0.0, 0.0, 100.0, "",
        "Weight of the identity penalty: mean squared distance between the sampling grid and "
        "the identity's, in half images.",
    ),
    Parameter(
        "consistency_weight", 0.0, 0.0, 100.0, "",
        "Weight of the consistency loss: an image and the same image, warped a little more, "
        "should be read out alike.",
    ),
    Parameter(
        "perturbation", 0.0, 0.0, 1.0, "",
        "How far windows are perturbed, in half images, one way and the other: the localisation "
        "network learns from which was better (a two-sided evolution-strategies estimate); 0 "
        "learns through the sampler.",
    ),
    Parameter(
        "curriculum", 0.0, 0.0, 1.0, "",
        "Share of the run over which house numbers get smaller, from those of tight crops on; 0 "
        "begins with small ones.",
    ),
    Parameter(
        "patience", 0.0, 0.0, 1000.0, "",
        "Early stopping: end after this many snapshots of the probe without a better validation "
        "error, and keep the best weights; 0 trains to the end.",
    ),
)  # fmt: skip
"""The choices that a person may want to move, as sliders and as options."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Args:
        data: name of the distortion.
        steps: optimiser steps.
        seed: of the weights and of every batch.
        batch_size: digits a step, over all processes together.
        learning_rate: the highest; linear warm-up over the first tenth, then a half cosine down
            to nothing.
        localisation_lr_ratio: learning rate of the localisation network, as a share of
            ``learning_rate``.
        dropout: share of the classifier's features left out.
        elastic_augmentation: how far points of each training digit stray, in pixels.
        weight_decay: of AdamW.
        label_smoothing: of the labels.
        ema_decay: decay of the running average of the weights; 0 for none.
        identity_penalty: weight of the distance between the transformer and the identity.
        consistency_weight: weight of the transformation-consistency loss.
        perturbation: how far windows are perturbed; 0 for learning through the sampler.
        curriculum: share of the run over which pictures get harder.
        patience: moments without improvement after which the run ends; 0 for never.
        gradient_clip: longest gradient, in norm.
        precision: of the convolutions; theta and grids are float32 in any case.
        init_from: checkpoint that it begins with, or a group of them, of which the same network is
            meant, else the plain one (:func:`stnviz.checkpoints.init_from.find_start`); "" for new
            weights.
    """

    data: str
    steps: int
    seed: int = 0
    batch_size: int = 256
    learning_rate: float = 3e-3
    localisation_lr_ratio: float = 0.3
    dropout: float = 0.0
    elastic_augmentation: float = 0.0
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    ema_decay: float = 0.0
    identity_penalty: float = 0.0
    consistency_weight: float = 0.0
    perturbation: float = 0.0
    curriculum: float = 0.0
    patience: int = 0
    gradient_clip: float = 1.0
    precision: Precision = "auto"
    init_from: str = ""

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of the step with this number, counted from 0."""
        warm = max(1, self.steps // 10)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        if step >= self.steps:
            return 0.0
        return (
            self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (self.steps - warm)))
        )

    def problems(self) -> Iterator[str]:
        """Everything that is impossible about its numbers, one sentence each."""
        for name in ("steps", "batch_size"):
            if getattr(self, name) < 1:
                yield f"{_title(name)} is {getattr(self, name)}: give at least 1."
        if not 0 <= self.seed <= MAX_SEED:
            yield f"Seed is {self.seed}: give a whole number from 0 to {MAX_SEED}."
        if self.precision not in PRECISIONS:
            yield f"Unknown precision {self.precision!r}: choose one of {', '.join(PRECISIONS)}."
        if self.perturbation and (self.consistency_weight or self.identity_penalty):
            yield (
                "Trial goes with neither identity penalty nor consistency: set it, or both of "
                "them, to 0."
            )
        for parameter in HYPERPARAMETERS:
            value = getattr(self, parameter.name)
            if not (math.isfinite(value) and parameter.low <= value <= parameter.high):
                yield (
                    f"{_title(parameter.name)} is {value:g}: give a number from "
                    f"{parameter.low:g} to {parameter.high:g}."
                )


def _title(name: str) -> str:
    return name.replace("_lr_", "_learning_rate_").replace("_", " ").capitalize()
