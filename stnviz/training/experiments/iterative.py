"""Perturbed digits (Lin & Lucey 2017): how often does a network have to look?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, cast

import torch

from stnviz.data.distortions import PERTURBED
from stnviz.models import Model
from stnviz.models.budget import fit_width
from stnviz.models.iterative import NAMES, IterativeConfig, IterativeNetwork, Name
from stnviz.models.output import Config
from stnviz.training.batches import Batches
from stnviz.training.experiments.contract import EXPERIMENTS, Experiment, Part
from stnviz.training.experiments.digits import open_digits
from stnviz.training.pictures import Pictures
from stnviz.training.recipe import Recipe

BUDGET = 40_000
"""About that of Lin & Lucey's networks, which had 39,048."""


class Perturbed(Experiment):
    """A plain network, the usual transformer, and one that looks two to four times."""

    family: ClassVar[str] = "iterative"
    source: ClassVar[str] = "Lin & Lucey 2017, arXiv 1612.03897"
    models: ClassVar[tuple[str, ...]] = NAMES
    transforms: ClassVar[tuple[str, ...]] = (
        "projective",
        "affine",
        "similarity",
        "attention",
        "translation",
    )
    surveyed: ClassVar[bool] = False

    data = PERTURBED.name
    input_size = (PERTURBED.canvas, PERTURBED.canvas)

    def config(
        self,
        model: str,
        transform: str | None = None,
        dropout: float = 0.0,
        folder: Path | None = None,
    ) -> IterativeConfig:
        """The network ``model``, as wide as 40,000 parameters allow."""
        name = cast(Name, model)

        def build(width: int) -> IterativeConfig:
            return IterativeConfig(name, self.input_size, width, transform, dropout=dropout)

        return fit_width(build, IterativeNetwork, BUDGET)

    def open(
        self,
        part: Part,
        folder: Path | None,
        device: torch.device,
        recipe: Recipe | None = None,
        config: Config | None = None,
    ) -> tuple[Pictures, str | None]:
        """The digits of the other digit experiments, perturbed."""
        digits, notice = open_digits(part, folder)
        bend = recipe.bend if recipe else 0.0
        return Batches(digits, PERTURBED, device, bend), notice

    def details(self, model: Model, pictures: Pictures) -> dict[str, Any]:
        """The error after each look, from none on."""
        model.eval()
        wrong: list[Any] = []
        with torch.inference_mode():
            for images, labels in pictures.once():
                output = model(images)
                if not output.so_far:
                    return {}
                wrong.append([int(self.wrong(said, labels).sum()) for said in output.so_far])
        return {"after": [sum(column) / len(pictures) for column in zip(*wrong, strict=True)]}


EXPERIMENTS.add(Perturbed.data, Perturbed())
