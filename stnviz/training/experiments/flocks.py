"""Drawn birds, and CUB-200-2011 where it is at hand; each small for two cores, and in full.

Small is a picture of 224 pixels for a backbone of 112; in full, as the paper has it, 448 for 224.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from stnviz.data.birds.cub import Cub, NoCub, load_photos, read_cub, square
from stnviz.data.birds.flock import COUNTS, drawn, flock
from stnviz.data.birds.plumage import SPECIES
from stnviz.data.birds.stored import BirdSet
from stnviz.data.digits import data_folder
from stnviz.training.experiments.birds import SOURCE, BirdExperiment, OneByOne
from stnviz.training.experiments.contract import EXPERIMENTS, Part

PROBED = 4
"""Pictures of the probe: a history holds them, and these are large."""

HELD_OUT = 10
"""Of CUB's training photographs every so manieth is for validation."""


class DrawnBirds(BirdExperiment):
    """Birds drawn by stnviz: 36 species, told apart by head and body together."""

    def count_species(self, folder: Path | None) -> int:
        """Heads times bodies."""
        return len(SPECIES)

    def birds(self, part: Part, folder: Path | None) -> BirdSet:
        """Drawn on first use, and kept where data sets lie."""
        name = {"probe": "validation", "shown": "test"}.get(part, part)
        return _few(part, flock(name, self.side, data_folder(folder)))

    def one_by_one(self, folder: Path | None, device: torch.device) -> OneByOne:
        """The test birds, each drawn when it is asked for."""

        def get(index: int) -> tuple[np.ndarray, int]:
            bird = drawn("test", index, self.side)
            return bird.image, bird.species

        return OneByOne(COUNTS["test"], get, lambda: self.birds("test", folder), device, SOURCE)


class CubBirds(BirdExperiment):
    """CUB-200-2011 from a folder; as many species as its lists name."""

    def count_species(self, folder: Path | None) -> int:
        """Those in the folder; all 200 where there is none."""
        try:
            return len(_lists(data_folder(folder)).species)
        except NoCub:
            return 200

    def birds(self, part: Part, folder: Path | None) -> BirdSet:
        """Photographs of the official test set, or of the training set but those held out."""
        root = data_folder(folder)
        if part in ("test", "shown"):
            return _photos(root, self.side, train=False)
        whole = _photos(root, self.side, train=True)
        held = np.arange(len(whole)) % HELD_OUT == 0
        return _few(part, whole.where(~held if part == "train" else held))

    def one_by_one(self, folder: Path | None, device: torch.device) -> OneByOne:
        """The photographs of the test set, each read when it is asked for."""
        cub = _lists(data_folder(folder))
        photos = [photo for photo in cub.photos if not photo.train]

        def get(index: int) -> tuple[np.ndarray, int]:
            photo = photos[index]
            return square(cub.root / "images" / photo.path, self.side, photo)[0], photo.species

        return OneByOne(len(photos), get, lambda: self.birds("test", folder), device, SOURCE)


def _few(part: Part, birds: BirdSet) -> BirdSet:
    return birds.first(PROBED) if part == "probe" else birds


@lru_cache(maxsize=1)
def _lists(root: Path) -> Cub:
    return read_cub(root)


@lru_cache(maxsize=2)
def _photos(root: Path, side: int, *, train: bool) -> BirdSet:
    return load_photos(_lists(root), side, train=train)


for _experiment in (
    DrawnBirds("birds", 224, 112),
    CubBirds("cub", 224, 112),
    DrawnBirds("birds-448", 448, 224),
    CubBirds("cub-448", 448, 224),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
