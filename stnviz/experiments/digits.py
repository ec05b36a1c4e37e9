"""Distorted digits (Jaderberg et al. 2015, table 1): one parameter budget an experiment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import torch

from stnviz.coordinates import Size
from stnviz.data.batches import Batches
from stnviz.data.digits import GALLERY_SPLIT, VALIDATION, Digits, load_digits, part_of_gallery
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.image_source import PROBED, ImageSource
from stnviz.experiments.contract import EXPERIMENTS, Experiment, Part
from stnviz.experiments.recipe import Recipe
from stnviz.models.budget import fit_width
from stnviz.models.digits import NAMES, DigitConfig, DigitNetwork, Name
from stnviz.models.output import Config


@dataclass(frozen=True)
class DigitExperiment(Experiment):
    """One distortion, four networks.

    Args:
        data: the distortion's name.
        input_size: (height, width) of its pictures.
        budget: parameters of every network, +- 2 %.
        sampled_size: what a transformer reads out.
        pool: average-pooling after the transformer.
    """

    family: ClassVar[str] = "digits"
    source: ClassVar[str] = "Jaderberg et al. 2015, section 4.1 and appendix A.4"
    models: ClassVar[tuple[str, ...]] = NAMES
    keeps_predictions: ClassVar[bool] = False

    data: str
    input_size: Size
    budget: int
    sampled_size: Size | None = None
    pool: int = 1

    def config(
        self,
        model: str,
        transform: str | None = None,
        dropout: float = 0.0,
        folder: Path | None = None,
    ) -> DigitConfig:
        """The network ``model`` of this experiment, as wide as the budget allows."""
        name = cast(Name, model)

        def build(width: int) -> DigitConfig:
            if transform is None:
                return DigitConfig(name, self.input_size, width, dropout=dropout)
            return DigitConfig(
                name, self.input_size, width, transform,
                sampled_size=self.sampled_size, pool=self.pool, dropout=dropout,
            )  # fmt: skip

        return fit_width(build, DigitNetwork, self.budget)

    def open(
        self,
        part: Part,
        folder: Path | None,
        device: torch.device,
        recipe: Recipe | None = None,
        config: Config | None = None,
    ) -> tuple[ImageSource, str | None]:
        """Digits under the distortion; those of the gallery where there is no MNIST."""
        digits, notice = open_digits(part, folder)
        bend = recipe.elastic_augmentation if recipe else 0.0
        return Batches(digits, DISTORTIONS.get(self.data), device, bend), notice


def open_digits(part: Part, folder: Path | None) -> tuple[Digits, str | None]:
    """The clean digits behind each part of an experiment."""
    if part == "validation":
        return part_of_gallery(VALIDATION), None
    if part == "probe":
        return part_of_gallery(slice(0, PROBED)), None
    if part == "shown":
        return part_of_gallery(GALLERY_SPLIT["test"]), None
    return load_digits(part, folder)


for _experiment in (
    DigitExperiment("mnist-r", (28, 28), 150_000),
    # The paper pools RTS by 2 after the transformer. From 42 pixels that leaves 21, too few
    # for its two convolutions; read at 56 and pooled by 2, the classifier sees 28.
    DigitExperiment("mnist-rts", (42, 42), 250_000, sampled_size=(56, 56), pool=2),
    DigitExperiment("mnist-p", (28, 28), 150_000),
    DigitExperiment("mnist-e", (28, 28), 150_000),
    DigitExperiment("mnist-tc", (60, 60), 390_000, pool=2),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
