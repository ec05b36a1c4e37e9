"""Small files that cost much: what somebody sends who wants a server to stand still."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

NOTHING = zlib.compress(b"\0" * 1_000_000, 9)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, depth: int = 8, colour: int = 2, extra: bytes = b"", pieces: int = 1
) -> bytes:
    """A black one: ``colour`` is 0 for grey, 2 for RGB, 6 for RGBA."""
    row = b"\0" * (1 + width * {0: 1, 2: 3, 6: 4}[colour] * depth // 8)
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    step = max(1, -(-len(data) // pieces))
    parts = b"".join(chunk(b"IDAT", data[i : i + step]) for i in range(0, len(data), step))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + parts + chunk(b"IEND", b"")


def profiles(count: int) -> bytes:
    """A small PNG with many colour profiles of a megabyte, each a kilobyte in the file."""
    return png(64, 64, extra=chunk(b"iCCP", b"a\0\0" + NOTHING) * count)


def scans(side: int, count: int) -> bytes:
    """A progressive JPEG whose last pass stands in it ``count`` times."""
    file = io.BytesIO()
    Image.new("RGB", (side, side)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def of_pictures(picture: bytes, side: int, count: int = 1, kind: str = "avi") -> bytes:
    """A clip whose frames are one JPEG, as it is."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuvj420p"
        for index in range(count):
            _mux(container, stream, picture, index)
    return file.getvalue()


def junk(count: int, size: int) -> bytes:
    """A clip of one frame and very many packets in which there is none."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        black = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(black.reformat(format="yuv420p")))
        for index in range(count):
            _mux(container, stream, b"\0\0\1\xb2" + b"x" * size, index + 1)
    return file.getvalue()


def _mux(container: Any, stream: Any, data: bytes, index: int) -> None:
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, Fraction(1, 25)
    packet.pts = packet.dts = index
    container.mux(packet)


def repeated(count: int, side: int, changed: int) -> bytes:
    """A GIF of a large frame, and so many others that change a square of it.

    Each is a whole picture for whoever decodes it, however small it is in the file.
    """
    file, small = io.BytesIO(), io.BytesIO()
    Image.new("P", (side, side)).save(file, "GIF")
    Image.new("P", (changed, changed)).save(small, "GIF")
    data, one = file.getvalue(), small.getvalue()
    table = 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 128 else 0
    head, body = data[: 13 + table], data[13 + table : -1]
    pause = b"!\xf9\x04\x04\x04\0\0\0"
    other = pause + one[one.index(b",", 13) : -1]
    return head + pause + body[body.index(b",") :] + other * count + b";"


def noise(count: int, side: int) -> bytes:
    """A clip of grain, which nothing makes small."""
    random = np.random.default_rng(0)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        stream.bit_rate = 6_000_000
        for _ in range(count):
            grain = random.integers(64, 192, (side, side, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grain, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "jpeg of 59 scans, 20 megapixels": lambda: scans(4472, 50),
    "jpeg of 5,000 scans": lambda: scans(64, 5000),
    "png of 5,000 iCCP chunks": lambda: profiles(5000),
    "png of 300,000 tEXt chunks": lambda: png(64, 64, extra=chunk(b"tEXt", b"a\0b") * 300_000),
    "png with 200 MB of zTXt": lambda: png(
        64, 64, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    ),
    "png with 200 MB of iCCP": lambda: png(
        64, 64, extra=chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    ),
    "png of 20 megapixels in 350,000 parts": lambda: png(4472, 4472, 8, 6, pieces=350_000),
    "png of 20 megapixels, 16 bits, RGBA": lambda: png(4472, 4472, 16, 6),
    "png of 20 megapixels, 16 bits, grey": lambda: png(4472, 4472, 16, 0),
    "png of 20,000,000 x 1": lambda: png(20_000_000, 1),
}
"""Pictures of at most 5 MB, by name."""

CLIPS: dict[str, Callable[[], bytes]] = {
    "avi of one jpeg of 100,000 scans": lambda: of_pictures(scans(2048, 100_000), 2048),
    "mkv of 3 jpegs of 400 scans, 4096 px": lambda: of_pictures(
        scans(4096, 400), 4096, 3, "matroska"
    ),
    "gif of 590 tiny frames, 4096 px": lambda: repeated(590, 4096, 1),
    "gif of 300 frames, 4096 px": lambda: repeated(300, 4096, 4096),
    "600 frames of grain, 480 px": lambda: noise(600, 480),
    "300,000 packets without a frame": lambda: junk(300_000, 40),
    "png of 19,000 iCCP chunks": lambda: profiles(19_000),
}
"""Clips of at most 20 MB, by name."""
