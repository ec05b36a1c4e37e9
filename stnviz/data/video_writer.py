"""Encoding of clips in memory: MP4 for general use, GIF and WebP for web pages and slides."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

FileKind = Literal["mp4", "gif", "webp"]

OPTIONS: dict[str, dict[str, Any]] = {
    "gif": {},
    # The fastest method, and no frames between the differences: half the time, a tenth larger.
    "webp": {"quality": 80, "method": 0, "kmin": 0, "kmax": 1_000_000},
}

SAMPLED = 8
"""Frames that the colours of a GIF are chosen from."""


def write_clip(frames: Iterable[NDArray[np.uint8]], rate: float, kind: FileKind = "mp4") -> bytes:
    """Encode frames as a video or an animated image.

    Args:
        frames: at least one (H, W, 3), all of one size; where a side is odd, an MP4 repeats the
            last row or column.
        rate: frames per second.
        kind: ``mp4`` is H.264 in yuv420p, which every player supports; ``gif`` and ``webp`` loop
            for ever in web pages and slides.

    Returns:
        The contents of the file.

    Raises:
        ValueError: there is no frame.
    """
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise ValueError("A clip needs at least one frame to be written.")
    if kind == "mp4":
        return _mp4(first, coming, rate)
    return _animation(first, coming, rate, kind)


def _mp4(first: NDArray[np.uint8], others: Iterator[NDArray[np.uint8]], rate: float) -> bytes:
    import av

    height, width = first.shape[:2]
    odd = ((0, height % 2), (0, width % 2), (0, 0))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "18", "preset": "veryfast"}
        for array in chain((first,), others):
            even_sided = np.pad(array, odd, mode="edge")
            file.mux(stream.encode(av.VideoFrame.from_ndarray(even_sided, format="rgb24")))
        file.mux(stream.encode())
    return buffer.getvalue()


def _animation(
    first: NDArray[np.uint8], others: Iterator[NDArray[np.uint8]], rate: float, kind: str
) -> bytes:
    from PIL import Image

    pictures = [Image.fromarray(array) for array in chain((first,), others)]
    # GIF durations are whole hundredths of a second: the rounding error of one frame is made up
    # for in the next.
    ends = np.round(100 * np.arange(len(pictures) + 1) / rate).astype(int)
    if kind == "gif":
        pictures = _with_one_palette(pictures)
    buffer = io.BytesIO()
    pictures[0].save(
        buffer, kind.upper(), save_all=True, append_images=pictures[1:],
        duration=(10 * np.diff(ends).clip(2)).tolist(), loop=0, **OPTIONS[kind],
    )  # fmt: skip
    return buffer.getvalue()


def _with_one_palette(pictures: list[Image.Image]) -> list[Image.Image]:
    """The frames in the 256 colours that suit some of them: ten times as fast as a palette each."""
    from PIL import Image

    some = pictures[:: max(1, len(pictures) // SAMPLED)]
    width, height = some[0].size
    strip = Image.new("RGB", (width, height * len(some)))
    for place, one in enumerate(some):
        strip.paste(one, (0, place * height))
    palette = strip.quantize(256)
    return [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
