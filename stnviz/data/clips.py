"""Video clips and their decoding from files (MP4, WebM, GIF, ...), all in memory.

FFmpeg decodes inside this process (PyAV), without temporary files or another program. A file must
be of one of the :data:`KINDS`, recognised by its first bytes. Files that it refers to are never
opened; playlists are refused, because they can refer to anything. Uploads are decoded in a
separate process (:mod:`stnviz.uploads`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stnviz.data.excess import format_excess
from stnviz.data.packed_frames import FramePacker, Frames, PackedFrames

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Footage = Frames | PackedFrames
"""Frames as an array, or compressed; a slice of either is an array."""

LONGEST, MAX_FRAMES = 30.0, 600
"""Maximum seconds and frames of a clip; the rest is cut off."""

LARGEST_FILE = 20 * 2**20
LARGEST_SIDE = 4096
"""Maximum side of a frame in pixels; a clip with larger frames is refused."""

SIDE = 480
"""Longer side in pixels to which larger frames are scaled down while decoding."""

FASTEST = 60.0
UNEVEN = 0.3
"""Relative deviation from the median frame duration up to which frame times count as even."""

KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "gif"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),  # WebM is one
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (188, b"\x47", "mpegts"),
    (0, b"\x89PNG", "apng"),
)
"""Signatures of the accepted formats: offset in the file, bytes there, FFmpeg's format name."""

SUFFIXES = (
    "gif", "mp4", "m4v", "mov", "mkv", "webm", "avi", "ogv", "ogg", "flv", "mpg", "mpeg", "ts",
    "apng", "png",
)  # fmt: skip
"""File name suffixes of these formats."""

NO_CLIP = "This file is not a clip that can be read: choose a GIF, MP4 or WebM."


ODD = (ValueError, ArithmeticError, LookupError, EOFError)
"""Exceptions that invalid numbers in a file raise in PyAV and in processing its frames."""

READING = 20.0
"""Default time limit in seconds for decoding a clip."""

THREADS = 2
"""Number of decoder threads, kept low because each has its own buffers."""


class BadClip(ValueError):
    """A file that cannot be decoded as a clip; the message says what to do."""


@dataclass(frozen=True)
class Clip:
    """A video clip.

    Args:
        frames: (N, H, W, 3) uint8, at least one; compressed where they come from a file.
        rate: frames per second.
        notices: one sentence for each way in which the clip differs from the file.
    """

    frames: Footage
    rate: float
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self) / self.rate


def read_clip(data: bytes, patience: float = READING) -> Clip:
    """Decode the first 30 s or 600 frames of a file.

    Frames are upright, on white, and at most 480 pixels a side. Where frame durations are
    unequal, frames are repeated or dropped so that the rate is constant.

    Args:
        data: contents of a file of at most 20 MB.
        patience: time limit in seconds, after which no more frames than the first are decoded.

    Raises:
        BadClip: the file cannot be decoded; the message is one sentence that says what to do.
        MemoryError: there is not enough memory for the frames.
    """
    if len(data) > LARGEST_FILE:
        most = LARGEST_FILE // 2**20
        raise BadClip(
            f"The file has {format_excess(len(data) / 2**20, most)} MB: "
            f"choose one of at most {most} MB."
        )
    kind = next((k for at, magic, k in KINDS if data[at : at + len(magic)] == magic), None)
    if kind is None:
        raise BadClip(NO_CLIP)
    import av

    try:
        # There is no protocol "none": a file cannot make FFmpeg open another one.
        options = {"protocol_whitelist": "none"}
        # Metadata such as titles may be in any encoding: older cameras use their own.
        with av.open(
            io.BytesIO(data), "r", format=kind, container_options=options,
            metadata_errors="replace",
        ) as file:  # fmt: skip
            return _read(file, monotonic() + patience)
    except (BadClip, MemoryError):
        raise
    except av.DecoderNotFoundError as error:
        raise BadClip(
            "FFmpeg cannot decode this clip: save it as an MP4 with H.264, or as a GIF."
        ) from error
    except (av.FFmpegError, av.codec.codec.UnknownCodecError, *ODD) as error:
        raise BadClip(NO_CLIP) from error


def _read(file: InputContainer, last: float) -> Clip:
    """Choose the video stream, decode it until the time ``last``, make its rate constant."""
    import av

    stream = _moving(file)
    packer, size = FramePacker(_expected(stream), MAX_FRAMES), (0, 0)
    times: list[float] = []
    end, notices = 0.0, []
    try:
        for picture, time, over in _decoded(file, stream):
            if len(packer) == MAX_FRAMES or (times and time - times[0] >= LONGEST):
                notices.append(_cut(len(packer)))
                break
            if times and monotonic() > last:
                notices.append("The clip is cut: the rest would take too long to read.")
                break
            size = picture.shape[0], picture.shape[1]
            packer.add(picture)
            times.append(time)
            end = min(over, times[0] + LONGEST)
    except MemoryError:
        raise
    except av.FFmpegError:
        if not times:
            raise
        notices.append("The file is damaged: what could be read before that is shown.")
    if not times:
        raise BadClip("This clip has no frames: choose another one.")
    order, rate = even(np.array(times), end)
    if order[-1] + 1 < len(packer):
        notices.append(_cut(len(order)))
    return Clip(packer.packed(order.tolist(), size), rate, tuple(notices))


def _moving(file: InputContainer) -> VideoStream:
    """The video stream to decode: the first that is not a cover image."""
    import av

    cover = av.stream.Disposition.attached_pic
    moving = [stream for stream in file.streams.video if not stream.disposition & cover]
    if not moving:
        if file.streams.audio:
            raise BadClip("This file has sound but no picture: choose one with moving pictures.")
        raise BadClip(NO_CLIP)
    stream = moving[0]
    if stream.codec_context is None:
        raise av.DecoderNotFoundError(0, "no decoder")
    _check_size(stream.codec_context.width, stream.codec_context.height)
    stream.codec_context.thread_count = THREADS
    return stream


def _expected(stream: VideoStream) -> int | None:
    """Number of frames to expect according to the file's header, at most ``MAX_FRAMES``."""
    if stream.frames > 0:
        return min(stream.frames, MAX_FRAMES)
    if not (stream.duration and stream.time_base and stream.average_rate):
        return None
    seconds = min(float(stream.duration * stream.time_base), LONGEST)
    return max(1, min(round(seconds * float(stream.average_rate)), MAX_FRAMES))


def _check_size(width: int, height: int) -> None:
    if max(width, height) > LARGEST_SIDE:
        raise BadClip(
            f"The clip has {width} x {height} pixels: choose one of at most {LARGEST_SIDE} a side."
        )


def _cut(count: int) -> str:
    """The notice for a clip that was cut off."""
    if count == MAX_FRAMES:
        return f"The clip is cut after {MAX_FRAMES} frames: it has more than can be shown."
    return f"The clip is cut after {LONGEST:.0f} s: it is longer than can be shown."


def _decoded(
    file: InputContainer, stream: VideoStream
) -> Iterator[tuple[NDArray[np.uint8], float, float]]:
    """Frames of one size, each with its start and end time in seconds."""
    shape: tuple[int, int] | None = None
    usual = 1 / float(stream.average_rate or 10)
    before = -usual
    for frame in file.decode(stream):
        _check_size(frame.width, frame.height)
        shape = shape or _small_size(frame, stream)
        after = before + usual
        # Some files give a frame no timestamp, or that of an earlier frame.
        before = frame.time if frame.time is not None and frame.time > before else after
        lasts = float(frame.duration * frame.time_base) if frame.time_base else 0.0
        yield _upright(frame, shape), before, before + (lasts or usual)


def _small_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Width and height to which frames are scaled, with square pixels."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    width, height = frame.width * aspect, float(frame.height)
    scale = min(1.0, SIDE / max(width, height))
    return max(1, round(scale * width)), max(1, round(scale * height))


def _upright(frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3): a frame scaled to ``size``, on white, rotated as its metadata says."""
    clear = any(component.is_alpha for component in frame.format.components)
    small = frame.reformat(*size, format="rgba" if clear else "rgb24", interpolation="AREA")
    array = small.to_ndarray()
    if clear:
        alpha = array[..., 3:].astype(np.uint16)
        array = ((array[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(array, round(frame.rotation / 90)))


def even(times: NDArray[np.floating], end: float) -> tuple[NDArray[np.intp], float]:
    """Resample frames to a constant rate that keeps the duration of each.

    Args:
        times: (N,) start time of each frame in seconds, ascending.
        end: end time of the last frame in seconds.

    Returns:
        Indices of the frames to show, and frames per second. There are at most 600 indices; those
        that come after are left out.
    """
    steps = np.diff(times, append=end)
    step = max(float(np.quantile(steps, 0.5, method="lower")), 1 / FASTEST)
    if (np.abs(steps - step) <= UNEVEN * step).all():
        return np.arange(len(times)), float(1 / steps.mean())
    count = max(1, min(round(float(end - times[0]) / step), MAX_FRAMES))
    # Sampled in the middle of each interval, so that a frame that starts slightly late counts.
    shown = times[0] + (np.arange(count) + 0.5) * step
    return np.searchsorted(times, shown, side="right") - 1, 1 / step
