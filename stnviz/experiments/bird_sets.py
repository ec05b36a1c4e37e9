"""Bird experiments on drawn birds and on CUB-200-2011, each at two image sizes.

The small size, for two CPU cores, has images of 224 pixels and a backbone input of 112. The full
size is that of the paper: 448 and 224.
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
"""Number of probe images; small, because a history stores them and they are large."""

HELD_OUT = 10
"""Every tenth of CUB's training photographs is a validation image."""


class DrawnBirds(BirdExperiment):
    """Birds drawn by stnviz: 36 species, each a combination of head and body patterns."""

    def species(self, folder: Path | None) -> tuple[str, ...]:
        """Names of all combinations of head and body."""
        return SPECIES

    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """Drawn birds of a part; they are drawn on first use and cached in the data folder."""
        name = {"probe": "validation", "shown": "test"}.get(part, part)
        return _few(part, synthetic_birds(name, self.side, data_folder(folder)))

    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The test birds, each drawn on request."""

        def get(index: int) -> tuple[np.ndarray, int]:
            bird = drawn("test", index, self.side)
            return bird.image, bird.species

        everything = partial(self.birds, "test", folder, known)
        count = COUNTS["test"]
        return OneByOne(count, get, everything, device, source(count)), None


class CubBirds(BirdExperiment):
    """CUB-200-2011 from a folder, with as many species as its lists contain.

    Photographs have the bird in the middle. The random crops used here move it, so that windows
    that follow the bird are better than fixed windows.
    """

    zoom: ClassVar[tuple[float, float]] = (0.6, 1.4)

    def species(self, folder: Path | None) -> tuple[str, ...]:
        """Species in the folder; 200 numbered names if CUB is not there."""
        try:
            return _lists(data_folder(folder), ()).species
        except CubNotFound:
            return tuple(f"species {number + 1}" for number in range(200))

    def birds(self, part: Part, folder: Path | None, known: tuple[str, ...]) -> BirdSet:
        """Photographs of the official test set, or of the training set split by ``HELD_OUT``."""
        cub = _lists(data_folder(folder), known)
        if part in ("test", "shown"):
            return _photos(cub, self.side, train=False)
        whole = _photos(cub, self.side, train=True)
        held = np.arange(len(whole)) % HELD_OUT == 0
        return _few(part, whole.where(~held if part == "train" else held))

    def one_by_one(
        self, folder: Path | None, device: torch.device, known: tuple[str, ...]
    ) -> tuple[OneByOne, str | None]:
        """The photographs of the test set, each read on request."""
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
