"""Clips for the tests, encoded in memory."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


def square_moves(count: int = 20, height: int = 40, width: int = 64) -> Frames:
    """An orange square that goes to the right, a pixel or two a frame."""
    frames = np.zeros((count, height, width, 3), np.uint8)
    for k, frame in enumerate(frames):
        left = (2 * k) % (width - 10)
        frame[10:20, left : left + 10] = (200, 100, 50)
    return frames


def encoded(frames: Frames, kind: str, codec: str, *, rate: int = 25, turn: int = 0) -> bytes:
    """A file of any kind and codec; ``turn`` in degrees is noted, not carried out."""
    whole = io.BytesIO()
    with av.open(whole, "w", format=kind) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuv420p"
        if turn:
            stream.set_display_rotation(turn)
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())
    return whole.getvalue()


def sound(kind: str = "mp4", codec: str = "aac") -> bytes:
    """A tenth of a second of silence."""
    whole = io.BytesIO()
    with av.open(whole, "w", format=kind) as file:
        stream: Any = file.add_stream(codec, rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return whole.getvalue()
