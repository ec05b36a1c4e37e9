"""Compressed frames of a clip: each is a PNG or JPEG in memory, decoded on access.

600 frames of 480 pixels take 400 MB as arrays. They are stored losslessly, as PNG, where all of
them fit into :data:`KEPT` bytes, and as JPEG where they do not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Frames = NDArray[np.uint8]
"""Frames as an (N, H, W, 3) array."""

KEPT = 40_000_000
"""Maximum bytes for the compressed frames of one clip."""

LADDER = ((95, 0), (90, 0), (80, 2), (60, 2), (35, 2))
"""JPEG (quality, chroma subsampling) pairs, tried in order; the last is used at any size."""


@dataclass(frozen=True, eq=False)
class PackedFrames:
    """A compressed sequence of frames of one size, in which a frame may occur more than once.

    Args:
        data: the image files, concatenated.
        ends: end offset of each image file in ``data``.
        order: for each frame of the sequence, the index of its image file.
        size: (height, width) of each frame.
    """

    data: bytes | bytearray
    ends: tuple[int, ...]
    order: tuple[int, ...]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, H, W, 3), as for an array."""
        return len(self), *self.size, 3

    @property
    def nbytes(self) -> int:
        """Memory of the compressed frames in bytes."""
        return len(self.data)

    @overload
    def __getitem__(self, which: int) -> Frames: ...
    @overload
    def __getitem__(self, which: slice) -> Frames: ...
    def __getitem__(self, which: int | slice) -> Frames:
        """Decode one frame, (H, W, 3), or a slice of frames, (n, H, W, 3).

        Raises:
            ValueError: the decoded frame has another size.
        """
        if not isinstance(which, slice):
            return self._unpacked(self.order[which])
        shown = self.order[which]
        some = np.empty((len(shown), *self.size, 3), np.uint8)
        for place, index in zip(some, shown, strict=True):
            place[:] = self._unpacked(index)
        return some

    def __iter__(self) -> Iterator[Frames]:
        return map(self._unpacked, self.order)

    def _unpacked(self, index: int) -> Frames:
        start = self.ends[index - 1] if index else 0
        packed = bytes(memoryview(self.data)[start : self.ends[index]])
        with Image.open(io.BytesIO(packed), formats=("PNG", "JPEG")) as file:
            if file.size != self.size[::-1]:
                raise ValueError(f"A frame has {file.size} pixels, not {self.size[::-1]}.")
            return np.asarray(file.convert("RGB"))

    def head(self) -> dict[str, Any]:
        """The fields other than :attr:`data`, for :meth:`taken`."""
        return {"ends": self.ends, "order": self.order, "size": self.size}

    @classmethod
    def taken(cls, data: bytes | bytearray, head: Mapping[str, Any]) -> PackedFrames:
        """Rebuild from :attr:`data` and :meth:`head`."""
        height, width = head["size"]
        return cls(data, tuple(head["ends"]), tuple(head["order"]), (height, width))


class FramePacker:
    """Compresses frames one by one, so that only one is uncompressed at a time.

    Args:
        expected: expected number of frames; None where it is not known.
        most: maximum number of frames.
        room: maximum bytes for all of them.
    """

    def __init__(self, expected: int | None, most: int, room: int = KEPT) -> None:
        self._expected, self._most, self._room = expected, most, room
        self._files: list[bytes] = []
        self._taken, self._rung = 0, 0
        self._exact = True

    def __len__(self) -> int:
        return len(self._files)

    def add(self, frame: Frames) -> None:
        """Add a frame (H, W, 3) of the same size as the others."""
        if self._exact:
            packed = _png(frame)
            first = not self._files and self._expected
            if max(len(packed) * (first or 1), self._taken + len(packed)) <= self._room:
                return self._keep(packed)
            self._pack_smaller()
        return self._keep(self._jpeg(frame))

    def _keep(self, packed: bytes) -> None:
        self._files.append(packed)
        self._taken += len(packed)

    def _pack_smaller(self) -> None:
        """Switch from PNG to JPEG, re-encoding the frames so far: PNG takes too much memory."""
        held, self._files, self._taken, self._exact = self._files, [], 0, False
        for packed in held:
            with Image.open(io.BytesIO(packed), formats=("PNG",)) as file:
                self._keep(self._jpeg(np.asarray(file)))

    def _jpeg(self, frame: Frames) -> bytes:
        """Encode a frame within its share of the remaining bytes."""
        share = (self._room - self._taken) / max(1, self._most - len(self._files))
        while True:
            quality, subsampling = LADDER[self._rung]
            file = io.BytesIO()
            Image.fromarray(frame).save(file, "JPEG", quality=quality, subsampling=subsampling)
            if file.tell() <= share or self._rung == len(LADDER) - 1:
                return file.getvalue()
            self._rung += 1

    def packed(self, order: Sequence[int], size: tuple[int, int]) -> PackedFrames:
        """The frames added so far, as a sequence in the given order.

        Args:
            order: indices of frames, in the order in which they are shown.
            size: (height, width) of each.
        """
        last = max(order) + 1
        ends = tuple(accumulate(map(len, self._files[:last])))
        return PackedFrames(b"".join(self._files[:last]), ends, tuple(map(int, order)), size)


def _png(frame: Frames) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG", compress_level=1)
    return file.getvalue()
