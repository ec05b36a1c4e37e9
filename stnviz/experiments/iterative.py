"""Iterative alignment of perturbed digits (IC-STN, Lin & Lucey 2017): how many steps help?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stnviz.coordinates import pixel_length_to_unit
from stnviz.data.arrangement import Arrangement, Handles, InvalidArrangement
from stnviz.data.batches import Batches
from stnviz.data.distort import Overlay, distort_under
from stnviz.data.distortions import PERTURBED
from stnviz.data.image_source import ImageSource
from stnviz.data.true_map import true_map
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest
from stnviz.experiments.digits import open_digits
from stnviz.models import Model
from stnviz.models.budget import fit_width
from stnviz.models.inference import evaluation_mode
from stnviz.models.iterative import IterativeConfig, IterativeNetwork
from stnviz.shapes import Bool, Float
from stnviz.transforms import NotInvertible
from stnviz.transforms.projective import corners

BUDGET = 40_000
"""Number of parameters, about that of Lin & Lucey's networks, which had 39,048."""

SMALLEST_TURN = 1e-3
"""Minimum of twice the area of the triangle of three corners, in half images squared."""


class PerturbedDigits(Batches):
    """Perturbed digits whose four corners a user can drag."""

    refusal = "Pull the four corners apart, so that none lies within the others."

    def arrange(
        self, index: int, handles: Handles | None = None, distractors: int | None = None
    ) -> Arrangement:
        """Digit number ``index`` with the corners of its frame at the given positions.

        Raises:
            InvalidArrangement: the handles are not the corners of a convex quadrilateral.
        """
        rest = corners(1)[0]
        if handles is None:
            images, labels = (part.cpu() for part in self.picture(index))
            named = {name: column[index : index + 1] for name, column in self.values().items()}
            undone = true_map(named, PERTURBED.canvas, 1, images.device)
            try:
                found = undone.inverse_points(rest[None])
            except NotInvertible:  # degenerate: the corners have no position
                found = rest[None]
            return Arrangement(images, labels, found[0], "corner", found)
        if handles.shape != rest.shape or not is_convex(handles):
            raise InvalidArrangement(self.refusal)
        images = with_corners_at(self.ingredients(index)["digit"], handles[None])
        labels = self.labels[index : index + 1].cpu()
        return Arrangement(images, labels, handles, "corner", handles[None])

    def ingredients(self, index: int) -> Mapping[str, Tensor]:
        """The clean digit."""
        return {"digit": self.images[index : index + 1].cpu().float() / 255}


def with_corners_at(
    digits: Float[Tensor, "b 1 28 28"], handles: Float[Tensor, "b 4 2"]
) -> Float[Tensor, "b 1 28 28"]:
    """Digits whose frames have their corners at ``handles``, in [-1, 1]."""
    rest = corners(len(digits), device=digits.device)
    pulled = (handles - rest) / pixel_length_to_unit(1, PERTURBED.canvas)
    names = [f"corner{k}_{axis}" for k in range(4) for axis in "xy"]
    wanted = dict(zip(names, pulled.flatten(1).unbind(dim=1), strict=True))
    still = torch.zeros_like(pulled[:, 0, 0])
    values = [wanted.get(p.name, still + p.default) for p in PERTURBED.parameters]
    return distort_under(PERTURBED, digits, torch.stack(values, dim=1), Overlay()).images


def is_convex(corners: Float[Tensor, "4 2"]) -> Bool[Tensor, ""]:
    """Whether four corners form a convex quadrilateral, clockwise on the screen, and are finite."""
    sides = corners.roll(-1, 0) - corners
    x, y = sides.unbind(dim=1)
    turns = x * y.roll(-1) - y * x.roll(-1)
    return (turns > SMALLEST_TURN).all()


class Perturbed(Experiment):
    """A plain CNN, an STN with one step, and IC-STNs with two to four steps."""

    family = "iterative"
    source = "Lin & Lucey 2017, arXiv 1612.03897"
    models = IterativeConfig.names
    transforms = ("projective", "affine", "similarity", "attention", "translation")
    keeps_predictions = False

    data = PERTURBED.name
    input_size = (PERTURBED.canvas, PERTURBED.canvas)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> IterativeConfig:
        """Config of the network ``model``, as wide as 40,000 parameters allow."""

        def build(width: int) -> IterativeConfig:
            return IterativeConfig(model, self.input_size, width, transform=transform)

        return fit_width(build, IterativeNetwork, BUDGET)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """The digits of the other digit experiments, perturbed."""
        digits, notice = open_digits(request.part, request.folder)
        bend = request.elastic_augmentation
        return PerturbedDigits(digits, PERTURBED, request.device, bend), notice

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """The error after each step, where the network has several."""
        wrong: list[Any] = []
        with evaluation_mode(model):
            for images, labels in pictures.once():
                output = model(images)
                if not output.step_logits:
                    return {}
                wrong.append(
                    [int(self.errors(logits, labels).sum()) for logits in output.step_logits]
                )
        return {"after": [sum(column) / len(pictures) for column in zip(*wrong, strict=True)]}


EXPERIMENTS.add(Perturbed.data, Perturbed())
