"""Loading of clean digits: the gallery inside the package, or the whole of MNIST."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stnviz.not_found import ResourceNotFound, fetch_command

DIGIT = 28
"""Height and width of a clean digit in pixels."""

GALLERY_COUNT = 10_000
"""Size of the gallery: the first of MNIST's training set. No shipped model trains on them."""

VALIDATION = slice(0, 2_000)
"""Gallery digits for validation during training."""

GALLERY_SPLIT = {"train": slice(2_000, 8_000), "test": slice(8_000, None)}
"""The gallery's own training and test split, for use without MNIST."""

Split = Literal["train", "test"]


@dataclass(frozen=True)
class Digits:
    """Clean digits.

    Args:
        images: (N, 28, 28) uint8, ink is bright.
        labels: (N,) uint8, 0 to 9.
        source: where they come from, as text for cards and pages.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    source: str

    def __len__(self) -> int:
        return len(self.labels)


@lru_cache(maxsize=1)
def gallery() -> Digits:
    """The 10,000 digits shipped with the package; classes alternate: 0, 1, ..., 9, 0, 1, ..."""
    with np.load(Path(__file__).parent / "gallery.npz") as file:
        images, labels = file["images"], file["labels"]
    return Digits(images, labels, "the gallery of 10,000 MNIST digits inside stnviz")


def part_of_gallery(part: slice) -> Digits:
    """A slice of the gallery."""
    whole = gallery()
    images, labels = whole.images[part], whole.labels[part]
    return Digits(images, labels, f"{len(labels):,} digits of the gallery inside stnviz")


def data_folder(folder: Path | None = None) -> Path:
    """The folder for data sets: the argument, else ``$STNVIZ_DATA``, else ``data``."""
    return folder or Path(os.environ.get("STNVIZ_DATA") or "data")


class MnistNotFound(ResourceNotFound):
    """The whole of MNIST is not on disk and cannot be downloaded."""


def mnist(split: Split, folder: Path | None = None) -> Digits:
    """Load MNIST through torchvision, which verifies it and downloads it if needed.

    ``train`` is the last 50,000 of the training set, so that models never train on a gallery
    digit; ``test`` is the official 10,000.

    Raises:
        MnistNotFound: it is missing or damaged; the message says what to do.
    """
    from torchvision.datasets import MNIST

    root = data_folder(folder)
    try:
        whole = MNIST(root=root, train=split == "train", download=True)
    except (RuntimeError, OSError, ValueError, AssertionError) as error:  # the last two: damage
        raise MnistNotFound(
            f"MNIST is not whole in {root} and could not be downloaded ({type(error).__name__}): "
            f"put its four files into MNIST/raw there ({fetch_command('mnist', root)} says where "
            "to get them), or name another folder with --data-dir or STNVIZ_DATA."
        ) from error
    first = GALLERY_COUNT if split == "train" else 0
    images, labels = whole.data.numpy()[first:], whole.targets.numpy()[first:]
    name = "the last 50,000 MNIST training digits" if first else "the 10,000 MNIST test digits"
    return Digits(images, labels.astype(np.uint8), name)


def load_digits(split: Split, folder: Path | None = None) -> tuple[Digits, str | None]:
    """MNIST where available, else the gallery's own split and a sentence that says so."""
    try:
        return mnist(split, folder), None
    except MnistNotFound as error:
        digits = part_of_gallery(GALLERY_SPLIT[split])
        return digits, f"{error} Using {digits.source} instead."
