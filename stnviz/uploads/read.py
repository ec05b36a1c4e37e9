"""Read an upload in a worker process, or refuse it with a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stnviz.data.clips import BadClip, Clip
from stnviz.data.packed_frames import PackedFrames
from stnviz.data.photos import BadPicture
from stnviz.records import Trace
from stnviz.records.trace_file import unpack_trace
from stnviz.settings import CLIP_SECONDS, PICTURE_SECONDS, amount
from stnviz.uploads.array_bytes import split_arrays
from stnviz.uploads.pool import Tell, shared_pool
from stnviz.uploads.process import Killed, Reason

CUT = 0.75
"""Share of the time limit after which no more frames of a clip are read, so that those read so far
can be shown."""

PICTURE: dict[Reason, str] = {
    "time": "This picture takes over {seconds:g} s to read: save it anew, as a PNG.",
    "memory": "This picture takes more memory than it may: choose a smaller one.",
    "broken": "This picture cannot be read: save it anew, as a PNG.",
}
CLIP: dict[Reason, str] = {
    "time": "This clip takes over {seconds:g} s to read: save it anew, as an MP4 with H.264.",
    "memory": "This clip takes more memory than it may: choose one with smaller frames.",
    "broken": "This clip cannot be read: save it anew, as an MP4 with H.264.",
}

TRACE: dict[Reason, str] = {
    "time": "This trace takes over {seconds:g} s to read: capture fewer images.",
    "memory": "This trace takes more memory than it may: capture fewer images.",
    "broken": "This trace cannot be read: save it anew with Trace.save.",
}

MOST_WORDS = 400
"""Characters of a refusal: it may quote what a file holds."""


class BadTrace(ValueError):
    """An upload that is no trace; the message says what to do, and may quote the file."""


def _silent(before: int, taken: float) -> None:
    """Report nothing."""


def read_digit(data: bytes, tell: Tell = _silent) -> NDArray[np.uint8]:
    """(28, 28) bright ink on black, as :func:`stnviz.data.photos.read_digit` returns it.

    Raises:
        BadPicture: one sentence that says what to do.
    """
    return _picture({"task": "digit"}, data, tell)


def read_photo(data: bytes, side: int, tell: Tell = _silent) -> NDArray[np.uint8]:
    """(side, side, 3), as :func:`stnviz.data.photos.read_photo` returns it.

    Raises:
        BadPicture: one sentence that says what to do.
    """
    return _picture({"task": "photo", "side": side}, data, tell)


def read_clip(data: bytes, tell: Tell = _silent) -> Clip:
    """A clip, as :func:`stnviz.data.clips.read_clip` returns it.

    Raises:
        BadClip: one sentence that says what to do.
    """
    seconds = amount(CLIP_SECONDS)
    asked = {"task": "clip", "patience": CUT * seconds}
    try:
        head, body = _asked(asked, data, seconds, tell)
        if sentence := head.get("refused"):
            raise BadClip(str(sentence))
        return Clip(PackedFrames.taken(body, head), float(head["rate"]), tuple(head["notices"]))
    except Killed as error:
        raise BadClip(CLIP[error.reason].format(seconds=seconds)) from error


def read_trace(data: bytes, tell: Tell = _silent) -> Trace:
    """A trace, as :func:`stnviz.records.trace_file.read_trace` returns it.

    Raises:
        BadTrace: one sentence that says what to do.
    """
    seconds = amount(CLIP_SECONDS)
    try:
        head, body = _asked({"task": "trace"}, data, seconds, tell)
        if sentence := head.get("refused"):
            raise BadTrace(str(sentence)[:MOST_WORDS])
        return unpack_trace(head["meta"], split_arrays(head["arrays"], body))
    except Killed as error:
        raise BadTrace(TRACE[error.reason].format(seconds=seconds)) from error
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, BadTrace):
            raise
        raise BadTrace(TRACE["broken"]) from error


def _picture(asked: dict[str, Any], data: bytes, tell: Tell) -> NDArray[np.uint8]:
    seconds = amount(PICTURE_SECONDS)
    try:
        head, body = _asked(asked, data, seconds, tell)
    except Killed as error:
        raise BadPicture(PICTURE[error.reason].format(seconds=seconds)) from error
    if sentence := head.get("refused"):
        raise BadPicture(str(sentence))
    return np.frombuffer(body, np.uint8).reshape(head["shape"])


def _asked(
    asked: dict[str, Any], data: bytes, seconds: float, tell: Tell
) -> tuple[dict[str, Any], bytearray]:
    """The answer of a worker process.

    Raises:
        Killed: there is none.
    """
    head, body = shared_pool().ask({**asked, "seconds": seconds}, data, seconds, tell)
    if reason := head.get("failed"):
        raise Killed("memory" if reason == "memory" else "broken")
    return head, body
