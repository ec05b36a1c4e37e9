"""A process that reads uploads: ``python -m stnviz.uploads.worker MEGABYTES``.

It takes requests on standard input and answers on standard output, one file at a time. It loads
neither torch nor Streamlit, so that a replacement is ready within a second after a kill.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from io import BufferedIOBase
from typing import Any, cast

import psutil

from stnviz.data.clips import BadClip, read_clip
from stnviz.data.packed_frames import PackedFrames
from stnviz.data.photos import BadPicture, read_digit, read_photo
from stnviz.records.trace_file import pack_trace, read_trace
from stnviz.uploads.array_bytes import join_arrays
from stnviz.uploads.messages import Broken, receive, send

PATIENT = 5
"""Lowest ``nice`` value of this process, so that the server goes first."""

ORPHANED = 5.0
"""Seconds beyond the time limit after which it exits by itself: no server is left to kill it."""

Answer = tuple[dict[str, Any], bytes | bytearray]


def _digit(data: bytes, _: Mapping[str, Any]) -> Answer:
    picture = read_digit(data)
    return {"shape": picture.shape}, picture.tobytes()


def _photo(data: bytes, asked: Mapping[str, Any]) -> Answer:
    picture = read_photo(data, asked["side"])
    return {"shape": picture.shape}, picture.tobytes()


def _clip(data: bytes, asked: Mapping[str, Any]) -> Answer:
    clip = read_clip(data, asked["patience"])
    frames = cast(PackedFrames, clip.frames)
    return {"rate": clip.rate, "notices": clip.notices, **frames.head()}, frames.data


def _trace(data: bytes, _: Mapping[str, Any]) -> Answer:
    try:
        meta, arrays = pack_trace(read_trace(data))
    except ValueError as error:
        return {"refused": str(error)}, b""
    described, body = join_arrays(arrays)
    return {"meta": meta, "arrays": described}, body


TASKS: dict[str, Callable[[bytes, Mapping[str, Any]], Answer]] = {
    "digit": _digit,
    "photo": _photo,
    "clip": _clip,
    "trace": _trace,
}


def answer(asked: Mapping[str, Any], data: bytes) -> Answer:
    """Do one task; on failure the head holds the reason, as one word or as a sentence."""
    try:
        return TASKS[asked["task"]](data, asked)
    except (BadPicture, BadClip) as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        return {"failed": "memory"}, b""
    except Exception as error:
        print(f"An upload broke its reader: {type(error).__name__}", file=sys.stderr, flush=True)
        return {"failed": "broken"}, b""


def limit_memory(megabytes: float) -> None:
    """Let the system limit this process's memory where it can; the server watches it, too."""
    try:
        import resource

        most = int(megabytes * 2**20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, ValueError, OSError):  # Windows has none, macOS does not enforce it
        return


def lower_priority() -> None:
    """Lower this process's priority, so that the server goes first."""
    this = psutil.Process()
    this.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else max(PATIENT, this.nice()))


def work(asking: BufferedIOBase, answering: BufferedIOBase) -> None:
    """Report that it is ready, then answer requests until no more come."""
    with contextlib.suppress(Broken, OSError):
        send(answering, {"ready": True})
        while True:
            asked, data = receive(asking)
            faulthandler.dump_traceback_later(asked["seconds"] + ORPHANED, exit=True)
            head, body = answer(asked, bytes(data))
            del data
            send(answering, head, body)
            faulthandler.cancel_dump_traceback_later()


def main() -> None:
    """Set the limits and work."""
    # What a library prints must not mix with the answers.
    answering = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")  # damaged files would cause many
    import av  # noqa: F401 (so that the first upload need not wait for it)

    limit_memory(float(sys.argv[1]))
    lower_priority()
    work(cast(BufferedIOBase, sys.stdin.buffer), answering)


if __name__ == "__main__":
    main()
