"""Conversion of an uploaded image to network input: a digit set as in MNIST, or a square photo."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from stnviz.data.excess import format_excess

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_PICTURE = 20_000_000
SIDE, BOX = 28, 20
SCAN, MAX_SCANS = b"\xff\xda", 64
"""JPEG start-of-scan marker, and the maximum number of scans, as decoding time grows with each.

The marker does not occur within a JPEG's pixel data; usual files have at most a dozen scans."""

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


class BadPicture(ValueError):
    """An upload that cannot be used; the message says what to do."""


def read_digit(data: bytes) -> NDArray[np.uint8]:
    """Read an image of a digit as (28, 28) bright ink on black, centred in a 20 x 20 box.

    Args:
        data: an image file of at most 5 MB and 20 megapixels.

    Raises:
        BadPicture: the image cannot be used; the message is one sentence that says what to do.
    """
    return set_digit(np.asarray(open_picture(data).convert("L")))


def read_photo(data: bytes, side: int) -> NDArray[np.uint8]:
    """Read the central square of a photograph as (side, side, 3), upright.

    Args:
        data: an image file of at most 5 MB and 20 megapixels.
        side: height and width of the result.

    Raises:
        BadPicture: the image cannot be used; the message is one sentence that says what to do.
    """
    return np.asarray(ImageOps.fit(open_picture(data), (side, side), Image.Resampling.BICUBIC))


def open_picture(data: bytes) -> Image.Image:
    """Decode an image file as RGB on white, rotated as its EXIF orientation says.

    Raises:
        BadPicture: the image cannot be used; the message is one sentence that says what to do.
    """
    if len(data) > LARGEST_FILE:
        megabytes = format_excess(len(data) / 2**20, 5)
        raise BadPicture(f"The picture has {megabytes} MB: choose one of at most 5 MB.")
    if data.startswith(b"\xff\xd8") and data.count(SCAN) > MAX_SCANS:
        raise BadPicture(
            f"This JPEG is stored in {data.count(SCAN):,} passes: save it anew, as a PNG."
        )
    try:
        with Image.open(io.BytesIO(data), formats=KINDS) as file:
            width, height = file.size
            if width * height > LARGEST_PICTURE:
                raise BadPicture(
                    f"The picture has {format_excess(width * height / 1e6, 20)} megapixels: choose "
                    "one of at most 20."
                )
            picture = eight_bits(ImageOps.exif_transpose(file)).convert("RGBA")
    except BadPicture:
        raise
    except Image.DecompressionBombError as error:
        raise BadPicture(
            "The picture is far too large: choose one of at most 20 megapixels."
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BadPicture(
            "This file is not a picture that can be read: choose a PNG, JPEG, WebP, GIF or BMP."
        ) from error
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("RGB")


def eight_bits(picture: Image.Image) -> Image.Image:
    """Rescale a grey image of more than eight bits from its own range to 0..255."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    levels = np.array(picture, dtype=np.float64)
    low, high = float(levels.min()), float(levels.max())
    levels -= low  # in place: a large image takes 160 MB as float64
    levels *= 255
    levels /= max(high - low, 1e-9)
    return Image.fromarray(levels.round(out=levels).astype(np.uint8))


def set_digit(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the ink, make it bright on black, scale it to the box and centre it.

    Raises:
        BadPicture: the image has a single colour.
    """
    ink = grey.astype(np.float32)
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    ink = np.abs(ink - np.median(border))  # the border shows the background, dark or bright
    if ink.max() < 24:
        raise BadPicture("The picture shows no digit: choose one with ink on a plain ground.")
    ink = np.clip((ink / ink.max() - 0.2) / 0.6, 0, 1)
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.25) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = cut.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray((cut * 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    picture = Image.new("L", (SIDE, SIDE))
    picture.paste(small, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(picture, dtype=np.uint8)
