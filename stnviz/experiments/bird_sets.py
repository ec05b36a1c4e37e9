"""Drawn birds, and CUB-200-2011 where it is at hand; each small for two cores, and in full.

Small is a picture of 224 pixels for a backbone of 112; in full, as the paper has it, 448 for 224.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.birds.cub import Cub, CubNotFound, load_photos, read_cub, read_photo, source_of
from stnviz.data.birds.plumage import SPECIES
from stnviz.data.birds.synthetic import COUNTS, drawn, source, synthetic_birds
from stnviz.data.digits import data_folder
from stnviz.data.skipped_files import describe_skipped
from stnviz.experiments.birds import BirdExperiment, OneByOne
from stnviz.experiments.contract import EXPERIMENTS, Part

PROBED = 4
"""Pictures of the probe: a history holds them, and these are large."""

HELD_OUT = 10
"""Of CUB's training photographs every so manieth is for validation."""


class DrawnBirds(BirdExperiment):
    """Birds drawn by stnviz: 36 species, told apart by head and body together."""

    def species(self, folder: Path | None) -> tuple[str, ...]:
        """Heads with bodies."""
        return SPECIES

    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """Drawn on first use, and kept where data sets lie."""
        name = {"probe": "validation", "shown": "test"}.get(part, part)
        return _few(part, synthetic_birds(name, self.side, data_folder(folder)))

    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The test birds, each drawn when it is asked for."""

        def get(index: int) -> tuple[np.ndarray, int]:
            bird = drawn("test", index, self.side)
            return bird.image, bird.species

        everything = partial(self.birds, "test", folder, known)
        count = COUNTS["test"]
        return OneByOne(count, get, everything, device, source(count)), None


class CubBirds(BirdExperiment):
    """CUB-200-2011 from a folder; as many species as its lists name.

    Photographers have put the bird in the middle. Cut as here it is anywhere, so that windows
    that follow it are worth more than windows that stay.
    """

    zoom: ClassVar[tuple[float, float]] = (0.6, 1.4)

    def species(self, folder: Path | None) -> tuple[str, ...]:
        """Those in the folder; numbers where there is none."""
        try:
            return _lists(data_folder(folder), ()).species
        except CubNotFound:
            return tuple(f"species {number + 1}" for number in range(200))

    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """Photographs of the official test set, or of the training set but those held out."""
        cub = _lists(data_folder(folder), known)
        if part in ("test", "shown"):
            return _photos(cub, self.side, train=False)
        whole = _photos(cub, self.side, train=True)
        held = np.arange(len(whole)) % HELD_OUT == 0
        return _few(part, whole.where(~held if part == "train" else held))

    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The photographs of the test set, each read when it is asked for."""
        cub = _lists(data_folder(folder), known)
        photos = [photo for photo in cub.photos if not photo.train]

        def get(index: int) -> tuple[np.ndarray, int]:
            return read_photo(cub, photos[index], self.side), photos[index].species

        everything = partial(self.birds, "test", folder, known)
        called = source_of(len(photos), cub, train=False)
        notes = " ".join(describe_skipped(cub.damaged))
        return OneByOne(len(photos), get, everything, device, called), notes or None


def _few(part: Part, birds: BirdSet) -> BirdSet:
    return birds.first(PROBED) if part == "probe" else birds


@lru_cache(maxsize=2)
def _lists(root: Path, known: tuple[str, ...]) -> Cub:
    whole = read_cub(root)
    return whole.among(known) if known else whole


@lru_cache(maxsize=2)
def _photos(cub: Cub, side: int, *, train: bool) -> BirdSet:
    return load_photos(cub, side, train=train)


for _experiment in (
    DrawnBirds("birds", 224, 112),
    CubBirds("cub", 224, 112),
    DrawnBirds("birds-448", 448, 224),
    CubBirds("cub-448", 448, 224),
):
    EXPERIMENTS.add(_experiment.data, _experiment)
