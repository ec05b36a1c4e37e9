"""Encode answers and images for components: packed one after another, as base64 text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stnviz.records import Array
from stnviz.records.lattices import WINDOW_LATTICE

LATTICE = WINDOW_LATTICE
"""Points along each side of a window's sampling grid where many images are sent."""


def pack_answers(answers: Sequence[bytes]) -> bytes:
    """Answers as one file: the length of each as a little-endian uint32, then its bytes."""
    return b"".join(len(answer).to_bytes(4, "little") + answer for answer in answers)


def as_text(data: bytes) -> str:
    """Bytes as base64 text, which a component's data can carry."""
    return base64.b64encode(data).decode()


def packed_data(message: bytes) -> dict[str, str]:
    """A message as a component's data, with a revision that distinguishes it from others."""
    answer = as_text(pack_answers([message]))
    return {"revision": hashlib.sha256(answer.encode()).hexdigest(), "answer": answer}


LAYERS = 7
"""Channels of a layered image: three of the background, three of the foreground, its opacity."""

FIRST, SECOND = (255, 255, 255), (232, 150, 176)
"""Colours for the two channels of a two-channel image: white and rose."""


def as_colours(image: Array) -> NDArray[np.uint8]:
    """An image of one, two or three channels, or a layered one, as (H, W, 3) bytes."""
    if len(image) == LAYERS:
        image = image[:3] + image[6] * (image[3:6] - image[:3])
    if len(image) == 1:
        image = np.repeat(image, 3, axis=0)
    if len(image) == 2:
        tints = np.array((FIRST, SECOND), np.float32)[:, :, None, None] / 255
        image = (image[:, None] * tints).max(axis=0)
    return (image.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
