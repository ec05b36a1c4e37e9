"""Reader of SVHN's full-number format: photographed house numbers (Netzer et al. 2011).

A folder has numbered PNG files and ``digitStruct.mat``, a MATLAB 7.3 (HDF5) file with, for every
image, its name and, for each digit from the left, a box and a label, where 10 is the digit 0.
Damaged images and entries are skipped and listed in a notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stnviz.data.numbers import LONGEST, NONE
from stnviz.data.skipped_files import describe_skipped
from stnviz.not_found import ResourceNotFound, fetch_command

STRUCT = "digitStruct.mat"
ADDRESS = "http://ufldl.stanford.edu/housenumbers/"

TIGHT, LOOSE = 1.3, 2.6
"""Sides of the two kinds of crop, as multiples of the number's longer side.

They correspond to the paper's crops of 64 and 128 pixels."""


class SvhnNotFound(ResourceNotFound):
    """The folder is not a readable SVHN split; the message says what is missing."""


@dataclass(frozen=True)
class House:
    """The annotation of one house number.

    Args:
        name: name of the image file.
        digits: digits from the left.
        box: left, top, right, bottom of all digits together, in pixels.
    """

    name: str
    digits: tuple[int, ...]
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Numbers:
    """Crops of photographed numbers.

    Args:
        images: (N, S, S, 3) uint8.
        labels: (N, 5) digits from the left; 10 where there is none.
        source: where they come from, as text for cards and pages.
        notes: sentences on what was skipped, if anything.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, which: NDArray[np.bool_]) -> Numbers:
        """The subset selected by a boolean mask."""
        return replace(self, images=self.images[which], labels=self.labels[which])


def load_svhn(folder: Path, side: int, *, loose: bool) -> Numbers:
    """Load crops around every number of a split's folder, such as ``svhn/test``.

    Args:
        folder: folder with the PNG files and ``digitStruct.mat``.
        side: height and width of the crops in pixels.
        loose: whether to crop with more of the wall around the number.

    Raises:
        SvhnNotFound: the message says what is missing and where to get it.
    """
    images, labels, damaged, longer = [], [], [], 0
    for house in read_struct(folder):
        if isinstance(house, str):
            damaged.append(house)
            continue
        if len(house.digits) > LONGEST:
            longer += 1
            continue
        try:
            images.append(crop(folder / house.name, house.box, side, LOOSE if loose else TIGHT))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            damaged.append(house.name)
            continue
        labels.append([*house.digits, *[NONE] * (LONGEST - len(house.digits))])
    if not images:
        raise SvhnNotFound(
            f"None of the pictures in {folder} can be read: unpack the archive anew."
        )
    kind = "loose" if loose else "tight"
    source = f"{len(images):,} SVHN {folder.name} numbers, {kind} crops"
    notes = list(describe_skipped(damaged))
    if longer:
        notes.append(f"Left out {longer:,} numbers of more than {LONGEST} digits.")
    return Numbers(np.stack(images), np.array(labels), source, tuple(notes))


def read_struct(folder: Path) -> Iterator[House | str]:
    """Yield the entries of ``digitStruct.mat``; a short text in place of a damaged one.

    Raises:
        SvhnNotFound: the file is missing or has another format.
    """
    import h5py

    path = folder / STRUCT
    if not path.exists():
        raise SvhnNotFound(
            f"{path} is missing: get train.tar.gz and test.tar.gz (full numbers) with "
            f"{fetch_command('svhn', folder.parent.parent)}, or from {ADDRESS}, unpack them into "
            f"{folder.parent}, and name {folder.parent.parent} with --data-dir or STNVIZ_DATA."
        )
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise SvhnNotFound(f"{path} cannot be read ({error}): unpack the archive anew.") from error
    with file:
        try:
            names, boxes = file["digitStruct"]["name"], file["digitStruct"]["bbox"]
            pairs = list(zip(names[:, 0], boxes[:, 0], strict=True))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise SvhnNotFound(
                f"{path} has no digitStruct with names and boxes: unpack the archive anew."
            ) from error
        for number, (name, box) in enumerate(pairs, 1):
            try:
                yield _house(file, name, box)
            except (KeyError, ValueError, TypeError, IndexError):
                yield f"entry {number} of {STRUCT}"


def _house(file: Any, name: Any, box: Any) -> House:
    text = "".join(chr(int(letter)) for letter in np.ravel(file[name][()]))
    group = file[box]
    left, top, width, height, label = (
        _numbers(file, group[key]) for key in ("left", "top", "width", "height", "label")
    )
    boxes = np.stack([left, top, width, height])
    if label.shape != left.shape or not set(label.tolist()) <= set(range(1, 11)):
        raise ValueError(text)
    if not np.isfinite(boxes).all() or boxes[2:].min() <= 0:
        raise ValueError(text)
    digits = tuple(int(value) % 10 for value in label)
    ends = left.min(), top.min(), (left + width).max(), (top + height).max()
    bounds = tuple(float(value) for value in ends)
    return House(text, digits, (bounds[0], bounds[1], bounds[2], bounds[3]))


def _numbers(file: Any, entry: Any) -> NDArray[np.float64]:
    """Values of an HDF5 entry: a single one is stored directly, several by references."""
    values = np.ravel(entry[()])
    if entry.dtype == object:
        values = np.array([file[reference][()].item() for reference in values])
    return values.astype(np.float64)


def crop(
    path: Path, box: tuple[float, float, float, float], side: int, room: float
) -> NDArray[np.uint8]:
    """Crop a square around a box; beyond the image, edge pixels are repeated.

    Raises:
        OSError: the image cannot be read.
        ValueError: the box lies outside the image, or is much larger than it.
    """
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    left, top, right, bottom = box
    if right <= 0 or bottom <= 0 or left >= image.width or top >= image.height:
        raise ValueError(f"The box of {path.name} lies outside the picture.")
    if right - left > 2 * image.width or bottom - top > 2 * image.height:
        raise ValueError(f"The box of {path.name} is much larger than the picture.")
    reach = room * max(right - left, bottom - top) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    margin = max(0, *(round(v) for v in (reach - x, reach - y, x + reach - image.width,
                                         y + reach - image.height))) + 1  # fmt: skip
    padded = Image.fromarray(
        np.pad(np.asarray(image), ((margin,) * 2, (margin,) * 2, (0, 0)), "edge")
    )
    corners = (x - reach + margin, y - reach + margin, x + reach + margin, y + reach + margin)
    return np.asarray(padded.resize((side, side), Image.Resampling.BILINEAR, box=corners))
