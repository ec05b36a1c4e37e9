"""Reels: the frames of a clip as components take them, each a small image file.

A Streamlit message has at most 10 MB (``maxMessageSize``), and base64 text takes a third more
than bytes: so a reel has a budget, and if it does not fit as exact PNG, it is sent as JPEG of
decreasing file size.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stnviz.records import Array

SAMPLED = 8
"""Frames that are packed first, to estimate the size of all of them."""

LADDER = ((1.0, 85), (1.0, 72), (0.75, 75), (0.6, 70), (0.45, 65), (0.3, 60), (0.2, 50))
"""Scales and JPEG qualities, tried in turn."""


@dataclass(frozen=True)
class Reel:
    """Frames one after another, each an image file.

    Args:
        data: all files.
        ends: the offset where each of them ends; the first begins at 0, every other one where
            the one before it ends.
        kind: media type.
    """

    data: NDArray[np.uint8]
    ends: tuple[int, ...]
    kind: str

    @property
    def head(self) -> dict[str, Any]:
        """What a component needs to split the data."""
        return {"ends": list(self.ends), "kind": self.kind}


class Drawn(Sequence[Array]):
    """Frames that are made on access, and not kept.

    Args:
        count: how many.
        draw: makes the frame with a given index, (H, W, 3) uint8.
    """

    def __init__(self, count: int, draw: Callable[[int], Array]) -> None:
        self._count, self._draw = count, draw

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, which: int) -> Array: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Array]: ...
    def __getitem__(self, which: int | slice) -> Array | Sequence[Array]:
        """One frame, or a slice of them."""
        numbers = range(self._count)[which]
        if isinstance(numbers, int):
            return self._draw(numbers)
        return Drawn(len(numbers), lambda k: self._draw(numbers[k]))


def pack_reel(frames: Sequence[Array], budget: int) -> Reel:
    """Pack frames into a number of bytes, as exact PNG if possible.

    Args:
        frames: N of (H, W, 3) uint8; they are read one at a time, some more than once.
        budget: bytes; the last step of ``LADDER`` is used even if it exceeds them.
    """
    few = [frames[k] for k in range(0, len(frames), max(1, len(frames) // SAMPLED))]
    rungs: list[tuple[float, int | None]] = [(1.0, None), *LADDER]
    for scale, quality in rungs:
        last = (scale, quality) == LADDER[-1]
        guess = sum(len(_packed(frame, scale, quality)) for frame in few) * len(frames) / len(few)
        if guess > budget and not last:
            continue
        files = [_packed(frame, scale, quality) for frame in frames]
        if sum(map(len, files)) <= budget or last:
            break
    kind = "image/png" if quality is None else "image/jpeg"
    data = np.frombuffer(b"".join(files), np.uint8)
    return Reel(data, tuple(accumulate(map(len, files))), kind)


def _packed(frame: Array, scale: float, quality: int | None) -> bytes:
    """One image file: PNG, or JPEG of the given quality."""
    picture, file = Image.fromarray(frame), io.BytesIO()
    if scale != 1:
        size = (max(1, round(scale * n)) for n in picture.size)
        picture = picture.resize((next(size), next(size)), Image.Resampling.BOX)
    if quality is None:
        picture.save(file, "PNG", compress_level=4)
    else:
        picture.save(file, "JPEG", quality=quality)
    return file.getvalue()
