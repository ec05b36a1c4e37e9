"""Digits turned in space, seen flat (Jaderberg et al. 2015, appendix A.3)."""

from __future__ import annotations

from pathlib import Path

from stnviz.data.batches import Batches
from stnviz.data.digits import part_of_gallery
from stnviz.data.distortions import TURNED
from stnviz.data.image_source import ImageSource
from stnviz.data.volumes import SIDE, THICKNESS, render_volumes
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest
from stnviz.experiments.digits import open_digits
from stnviz.models.budget import fit_width
from stnviz.models.volumes import VolumeConfig, VolumeNetwork

BUDGET = 150_000

VALIDATION = slice(0, 500)
"""Gallery digits for validation; more volumes would cost as much time as the training."""


class TurnedVolumes(Experiment):
    """Three networks on extruded digits: flat from the front, from three sides, and turned."""

    family = "volumes"
    source = "Jaderberg et al. 2015, appendix A.3"
    models = VolumeConfig.names
    transforms = ("affine-3d",)
    unused_hyperparameters = (
        "perturbation", "curriculum", "identity_penalty", "consistency_weight",
    )  # fmt: skip
    keeps_predictions = False

    data = TURNED.name
    input_size = (SIDE, SIDE)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> VolumeConfig:
        """Config of the network ``model``, as wide as the parameter budget allows."""

        def build(width: int) -> VolumeConfig:
            return VolumeConfig(model, self.input_size, SIDE, width, THICKNESS, transform=transform)

        return fit_width(build, VolumeNetwork, BUDGET)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Extruded digits of the same parts as those of the digit experiments."""
        digits, notice = open_digits(request.part, request.folder)
        if request.part == "validation":
            digits = part_of_gallery(VALIDATION)
        bend = request.elastic_augmentation
        return Batches(digits, TURNED, request.device, bend, render_volumes), notice


EXPERIMENTS.add(TurnedVolumes.data, TurnedVolumes())
