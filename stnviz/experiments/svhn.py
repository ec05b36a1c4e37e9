"""Experiments on photographed street numbers, SVHN (Netzer et al. 2011), from a user's folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from stnviz.data.digits import data_folder
from stnviz.data.image_source import PROBED, ImageSource
from stnviz.data.numbers.svhn import Numbers, load_svhn
from stnviz.data.stored_images import StoredImages
from stnviz.experiments.contract import EXPERIMENTS, ImageRequest
from stnviz.experiments.numbers import NumberExperiment

HELD_OUT = 20
"""Every twentieth of the training numbers is a validation image."""


@dataclass(frozen=True)
class StreetNumbers(NumberExperiment):
    """SVHN's full numbers, from the folder ``svhn`` within the folder of data sets."""

    unused_hyperparameters = (
        *NumberExperiment.unused_hyperparameters,
        "curriculum",
    )

    def find_images(self, request: ImageRequest) -> tuple[ImageSource, str | None]:
        """Crops of ``svhn/train`` or ``svhn/test``; some of the former are validation images."""
        part = request.part
        split = "test" if part in ("test", "shown") else "train"
        where = data_folder(request.folder) / "svhn" / split
        numbers = _load(where, self.input_size[0], self.loose)
        if split == "train":
            held = np.arange(len(numbers)) % HELD_OUT == 0
            if part == "probe":
                held &= held.cumsum() <= PROBED
            numbers = numbers.where(~held if part == "train" else held)
        return StoredImages(
            numbers.images, numbers.labels, numbers.source, request.device
        ), " ".join(numbers.notes) or None


@lru_cache(maxsize=2)
def _load(folder: Path, side: int, loose: bool) -> Numbers:
    """Load a split; cached, because several parts of an experiment share it."""
    return load_svhn(folder, side, loose=loose)


for _experiment in (
    StreetNumbers("svhn-64", (64, 64), loose=False),
    StreetNumbers("svhn-128", (128, 128), loose=True),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
