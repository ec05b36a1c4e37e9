"""Reader of CUB-200-2011 (Wah et al. 2011) in its official layout, from a folder of the user.

It is for research only and must not be redistributed, so it does not come with the package: the
command ``fetch`` downloads it. Damaged lines and images are skipped and listed in a notice. Parts
outside their image count as not visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stnviz.data.birds.bird_set import BirdSet
from stnviz.data.birds.parts import PARTS
from stnviz.data.skipped_files import describe_skipped
from stnviz.not_found import ResourceNotFound, fetch_command

FOLDER = "CUB_200_2011"
ADDRESS = "https://www.vision.caltech.edu/datasets/cub_200_2011/"
FILES = (
    "images.txt", "image_class_labels.txt", "train_test_split.txt", "bounding_boxes.txt",
    "classes.txt", "parts/part_locs.txt",
)  # fmt: skip


class CubNotFound(ResourceNotFound):
    """The folder is not a complete CUB-200-2011; the message says what is missing."""


@dataclass(frozen=True)
class Photo:
    """One photograph with its annotations, from CUB's list files.

    Args:
        path: file path below ``images``.
        species: index into the list of species.
        train: whether it belongs to the official training set.
        box: left, top, width, height in pixels.
        parts: (15, 3): x and y in pixels, and 1 where the part is visible.
    """

    path: str
    species: int
    train: bool
    box: tuple[float, float, float, float]
    parts: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cub:
    """The contents of CUB's list files.

    Args:
        root: the folder.
        species: names, such as ``Black footed Albatross``.
        photos: photographs, in the order of the lists.
        damaged: names of the damaged lines and images that were skipped.
    """

    root: Path
    species: tuple[str, ...]
    photos: tuple[Photo, ...]
    damaged: tuple[str, ...] = ()

    def among(self, species: tuple[str, ...]) -> Cub:
        """The photographs of the given species, with their labels as indices into ``species``.

        Raises:
            CubNotFound: there is no photograph of them.
        """
        places = {name: place for place, name in enumerate(species)}
        photos = tuple(
            replace(photo, species=places[name])
            for photo in self.photos
            if (name := self.species[photo.species]) in places
        )
        if not photos:
            raise CubNotFound(
                f"{self.root} has none of the {len(species)} species that this network knows: "
                "name a folder that has them with --data-dir or STNVIZ_DATA."
            )
        return Cub(self.root, species, photos, self.damaged)


def read_cub(folder: Path) -> Cub:
    """Read the list files of CUB-200-2011.

    Args:
        folder: ``CUB_200_2011`` itself, or the folder that contains it.

    Raises:
        CubNotFound: the message says what is missing and where to get it.
    """
    root = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    missing = [name for name in (*FILES, "images") if not (root / name).exists()]
    if missing:
        raise CubNotFound(
            f"{root} is not CUB-200-2011, it lacks {', '.join(missing)}: download it with "
            f"{fetch_command('cub', folder)}, or get the archive from {ADDRESS}, unpack it, and "
            f"name the folder {FOLDER}, or the one that holds it, with --data-dir or STNVIZ_DATA."
        )
    damaged: list[str] = []
    classes = _table(root / "classes.txt", damaged, 1)
    order = sorted(classes)
    species = tuple(classes[number][0].split(".", 1)[-1].replace("_", " ") for number in order)
    places = {number: place for place, number in enumerate(order)}
    names = _table(root / "images.txt", damaged, 1)
    labels = _table(root / "image_class_labels.txt", damaged, 1)
    splits = _table(root / "train_test_split.txt", damaged, 1)
    boxes = _table(root / "bounding_boxes.txt", damaged, 4)
    parts = _parts(root / "parts" / "part_locs.txt", damaged)
    photos = []
    for number, (path,) in names.items():
        try:
            label, train = int(labels[number][0]), splits[number][0] == "1"
            left, top, width, height = map(float, boxes[number])
            place = places[label]
        except (KeyError, ValueError):
            damaged.append(f"image {number}")
            continue
        found = parts.get(number, np.zeros((len(PARTS), 3), np.float32))
        photos.append(Photo(path, place, train, (left, top, width, height), found))
    if not photos:
        raise CubNotFound(f"The lists in {root} name no picture: unpack the archive anew.")
    return Cub(root, species, tuple(photos), tuple(damaged))


def load_photos(cub: Cub, side: int, *, train: bool) -> BirdSet:
    """Load the central square of each photograph of one split, resized to ``side`` pixels.

    Raises:
        CubNotFound: none of them can be read.
    """
    rows, damaged = [], list(cub.damaged)
    for photo in cub.photos:
        if photo.train != train:
            continue
        try:
            rows.append((*square(cub.root / "images" / photo.path, side, photo), photo.species))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            damaged.append(photo.path)
    split = "training" if train else "test"
    if not rows:
        raise CubNotFound(
            f"None of the {split} pictures in {cub.root} can be read: unpack it anew."
        )
    images, parts, boxes, labels = (np.array(column) for column in zip(*rows, strict=True))
    source = source_of(len(rows), cub, train=train)
    return BirdSet(
        images, labels, parts, boxes, cub.species, source, tuple(describe_skipped(damaged))
    )


def source_of(count: int, cub: Cub, *, train: bool) -> str:
    """Description of ``count`` photographs of a split, for cards and pages."""
    split = "training" if train else "test"
    return f"{count:,} {split} photographs of CUB-200-2011, {len(cub.species)} species"


def read_photo(cub: Cub, photo: Photo, side: int) -> NDArray[np.uint8]:
    """Load the central square of one photograph.

    Raises:
        CubNotFound: the photograph cannot be read.
    """
    try:
        return square(cub.root / "images" / photo.path, side, photo)[0]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CubNotFound(
            f"{photo.path} cannot be read ({type(error).__name__}): unpack the archive anew, or "
            "step on to another picture."
        ) from error


def square(
    path: Path, side: int, photo: Photo
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """The central square of a photograph, with its parts and box in [0, 1] of that square.

    Raises:
        OSError: the photograph cannot be read.
    """
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    width, height = image.size
    short = min(width, height)
    left, top = (width - short) / 2, (height - short) / 2
    image = image.resize(
        (side, side), Image.Resampling.BICUBIC, box=(left, top, left + short, top + short)
    )
    corner = np.array((left, top), np.float32)
    parts = photo.parts.copy()
    parts[:, :2] = (parts[:, :2] - corner) / short
    inside = ((parts[:, :2] >= 0) & (parts[:, :2] <= 1)).all(axis=1)
    parts[:, 2] *= inside
    x, y, across, down = photo.box
    box = (np.array((x, y, x + across, y + down), np.float32) - np.tile(corner, 2)) / short
    return np.asarray(image), parts, box.clip(0, 1)


def _table(path: Path, damaged: list[str], columns: int) -> dict[int, list[str]]:
    """Parse lines of a number and ``columns`` more words; the others are added to ``damaged``."""
    found = {}
    for number, line in enumerate(_lines(path), 1):
        words = line.split()
        if len(words) == columns + 1 and words[0].isdigit():
            found[int(words[0])] = words[1:]
        else:
            damaged.append(f"{path.name} line {number}")
    return found


def _parts(path: Path, damaged: list[str]) -> dict[int, NDArray[np.float32]]:
    found: dict[int, NDArray[np.float32]] = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            image, part, x, y, seen = line.split()
            place = int(part) - 1
            if not 0 <= place < len(PARTS):
                raise ValueError(part)
            row = float(x), float(y), float(seen == "1")
        except ValueError:
            damaged.append(f"{path.name} line {number}")
            continue
        found.setdefault(int(image), np.zeros((len(PARTS), 3), np.float32))[place] = row
    return found


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CubNotFound(f"{path} cannot be read ({error}): unpack the archive anew.") from error
    yield from filter(str.strip, text.splitlines())
