"""MNIST addition (Jaderberg et al. 2015, appendix A.1): two digits, two channels, one sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stnviz.analysis.assignment import explained_variance
from stnviz.analysis.windows import CORNERS, predict
from stnviz.data.batches import Batches
from stnviz.data.digits import DIGIT, Digits
from stnviz.data.distortions import DISTORTIONS
from stnviz.data.image_source import TEST_SEED, Batch, ImageSource
from stnviz.experiments.contract import EXPERIMENTS, Experiment, ImageRequest
from stnviz.experiments.digits import open_digits
from stnviz.models import Model
from stnviz.models.addition import AdditionConfig, AdditionNetwork
from stnviz.models.budget import fit_width
from stnviz.shapes import Float

DISTORTION = "mnist-rts"
BUDGET = 400_000
PARTNERS = 19
"""Seed of the pairing of digits in a test set."""


class Pairs:
    """Two digits in two channels, independently distorted; the label is their sum.

    In a test set, every digit is once the first and once the second of a pair.

    Args:
        digits: clean digits.
        device: device of the digits and of the batches.
        bend: standard deviation of the elastic deformation of training digits, in pixels.
    """

    def __init__(self, digits: Digits, device: torch.device, bend: float = 0.0) -> None:
        distortion = DISTORTIONS.get(DISTORTION)
        order = np.random.default_rng(PARTNERS).permutation(len(digits))
        partners = Digits(digits.images[order], digits.labels[order], digits.source)
        self.first, self.second = (
            Batches(side, distortion, device, bend) for side in (digits, partners)
        )
        self.source = digits.source

    def __len__(self) -> int:
        return len(self.first)

    def draw(self, count: int, seed: int, step: int) -> Batch:
        """``count`` random pairs; a function of (seed, step)."""
        return _add(
            self.first.draw(count, seed, 2 * step), self.second.draw(count, seed, 2 * step + 1)
        )

    def once(self, seed: int = TEST_SEED) -> Iterator[Batch]:
        """Batches of every test pair once, in order."""
        for first, second in zip(self.first.once(seed), self.second.once(seed + 1), strict=True):
            yield _add(first, second)

    def picture(self, index: int, seed: int = TEST_SEED) -> Batch:
        """Pair number ``index`` of :meth:`once`, as a batch of one."""
        return _add(self.first.picture(index, seed), self.second.picture(index, seed + 1))

    def frames(self, seed: int = TEST_SEED) -> Float[Tensor, "n 2 8"]:
        """Corners of both digits' own frames in :meth:`once`, (x, y) of each in half images."""
        return torch.stack(
            [_frame(self.first.values(seed)), _frame(self.second.values(seed + 1))], dim=1
        )


def _frame(values: Mapping[str, Tensor]) -> Float[Tensor, "n 8"]:
    """Corners of the frame of a digit that was scaled, rotated and shifted."""
    side = DISTORTIONS.get(DISTORTION).canvas
    reach = values["scale"] * DIGIT / side
    cos, sin = reach * values["angle"].cos(), reach * values["angle"].sin()
    middle = [2 * values[name] / side for name in ("shift_x", "shift_y")]
    corners = [
        coordinate
        for x, y in CORNERS
        for coordinate in (middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos)
    ]
    return torch.stack(corners, dim=1)


def _add(first: Batch, second: Batch) -> Batch:
    return torch.cat([first[0], second[0]], dim=1), first[1] + second[1]


class Addition(Experiment):
    """Sums of two digits by four networks: FCN, CNN, and FCNs with one or two transformers."""

    family = "addition"
    source = "Jaderberg et al. 2015, appendix A.1"
    models = AdditionConfig.names

    data = "mnist-addition"
    input_size = (42, 42)

    def config(
        self, model: str, transform: str | None = None, folder: Path | None = None
    ) -> AdditionConfig:
        """Config of the network ``model``, as wide as 400,000 parameters allow."""
        # Sampled at 56 pixels and pooled by 2, as for RTS (experiments/digits.py).
        size, pool = (None, 1) if transform is None else ((56, 56), 2)

        def build(width: int) -> AdditionConfig:
            return AdditionConfig(model, self.input_size, width, size, pool, transform=transform)

        return fit_width(build, AdditionNetwork, BUDGET)

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Pairs of the digits that the other digit experiments use for this part."""
        digits, notice = open_digits(request.part, request.folder)
        return Pairs(digits, request.device, request.elastic_augmentation), notice

    def metrics(self, model: Model, pictures: ImageSource) -> dict[str, Any]:
        """Which transformer follows which digit: variance of its pose that each window explains."""
        assert isinstance(pictures, Pairs)
        corners = predict(model, pictures, self.errors).corners
        if not corners.shape[1]:
            return {}
        windows = corners.reshape(*corners.shape[:2], -1)
        return {"follows": explained_variance(windows, pictures.frames().numpy()).round(4).tolist()}


EXPERIMENTS.add(Addition.data, Addition())
