"""The pictures of a folder on the user's own machine, as one batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stnviz.coordinates import Size
from stnviz.data.skipped_files import describe_skipped
from stnviz.not_found import ResourceNotFound
from stnviz.records.trace import Array

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


@dataclass(frozen=True)
class PictureFolder:
    """Pictures and the names of their files.

    Args:
        names: of the files, sorted.
        images: (B, C, H, W) in [0, 1].
        notices: sentences about files that were passed over.
    """

    names: tuple[str, ...]
    images: Tensor
    notices: tuple[str, ...] = ()


def read_picture_folder(
    folder: Path, size: Size | None = None, *, grey: bool = False, count: int | None = None
) -> PictureFolder:
    """Read the pictures of a folder, not of those below it; damaged ones are passed over.

    Args:
        folder: where they lie.
        size: (height, width) that they are brought to; needed if they differ in size.
        grey: whether they get one channel; three otherwise.
        count: how many are read, at most; all by default.

    Raises:
        ValueError: there is no such folder or no picture in it, or the pictures differ in size and
            none is given; the message says what to do.
        ResourceNotFound: Pillow is not installed, which reads them.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: name one with pictures.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no pictures: name a folder with PNG or JPEG files.")
    names: list[str] = []
    damaged: list[str] = []
    pictures: list[Array] = []
    for path in paths:
        if count is not None and len(names) >= count:
            break
        try:
            pictures.append(_read(path, size, "L" if grey else "RGB"))
            names.append(path.name)
        except (OSError, ValueError, SyntaxError):
            damaged.append(path.name)
    notices = tuple(describe_skipped(damaged))
    if not pictures:
        raise ValueError(f"{folder} holds no picture that can be read. {' '.join(notices)}")
    sizes = {picture.shape[:2] for picture in pictures}
    if len(sizes) > 1:
        shown = " and ".join(f"{height} x {width}" for height, width in sorted(sizes)[:2])
        raise ValueError(
            f"The pictures of {folder} differ in size, as {shown}: give the size that the network "
            "takes with --size HEIGHT WIDTH."
        )
    images = torch.from_numpy(np.stack(pictures)).float() / 255
    return PictureFolder(tuple(names), images.permute(0, 3, 1, 2).contiguous(), notices)


def _read(path: Path, size: Size | None, mode: str) -> Array:
    """(H, W, C) uint8 of one picture, upright.

    Raises:
        OSError, ValueError, SyntaxError: it cannot be read.
    """
    try:
        from PIL import Image, ImageOps

        from stnviz.data.photos import eight_bits
    except ModuleNotFoundError as error:
        raise ResourceNotFound(
            "Pictures are read with the package Pillow: pip install 'stnviz[train]'."
        ) from error
    try:
        with Image.open(path) as file:
            picture = eight_bits(ImageOps.exif_transpose(file)).convert(mode)
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
    if size is not None and picture.size != size[::-1]:
        picture = picture.resize(size[::-1], Image.Resampling.BICUBIC)
    pixels = np.asarray(picture)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]
