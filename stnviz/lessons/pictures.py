"""Pictures of lessons as pixels, without torch."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stnviz.data.digits import DIGIT, gallery
from stnviz.lessons.schema import Picture

CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def to_input(theta: Sequence[float], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where an affine map looks in the input for points (..., 2) of the output, in [-1, 1]."""
    a, b, shift_x, c, d, shift_y = theta
    return points @ np.array([[a, c], [b, d]]) + np.array([shift_x, shift_y])


def window_corners(theta: Sequence[float]) -> NDArray[np.float64]:
    """(4, 2) corners of the window of an affine map, clockwise from the output's top left."""
    return to_input(theta, np.array(CORNERS))


def pixels_of(picture: Picture) -> NDArray[np.uint8]:
    """(H, W) grey or (H, W, 3) bytes of a picture, without its window.

    Raises:
        OSError: its file cannot be read any more.
    """
    if picture.file is not None:
        from PIL import Image

        with Image.open(picture.file) as image:
            return np.asarray(image.convert("RGB"))
    assert picture.digit is not None
    centres = (2 * np.arange(DIGIT) + 1) / DIGIT - 1
    grid = np.stack(np.meshgrid(centres, centres), axis=-1)
    places = (to_input(picture.theta, grid) + 1) * DIGIT / 2 - 0.5
    digit = np.pad(gallery().images[picture.digit].astype(np.float64), 1)
    return _bilinear(digit, places + 1).round().astype(np.uint8)


def _bilinear(image: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at places (..., 2) in pixels (x, y), between the four nearest (eq. 5); zero outside.

    The image must have a frame of zeros, which is what lies outside.
    """
    height, width = image.shape
    x, y = places[..., 0].clip(0, width - 1), places[..., 1].clip(0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = x - left, y - top
    upper = (1 - u) * image[top, left] + u * image[top, right]
    lower = (1 - u) * image[below, left] + u * image[below, right]
    return (1 - v) * upper + v * lower


def png_of(picture: Picture) -> bytes:
    """The picture as a PNG (a JPEG stays one), without its window.

    Raises:
        OSError: its file cannot be read any more.
    """
    if picture.file is not None:
        return picture.file.read_bytes()
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels_of(picture)).save(file, "PNG")
    return file.getvalue()


def size_of(picture: Picture) -> tuple[int, int]:
    """Width and height in pixels.

    Raises:
        OSError: its file cannot be read any more.
    """
    if picture.file is None:
        return DIGIT, DIGIT
    from PIL import Image

    with Image.open(picture.file) as image:
        return image.size
