"""Visitors' uploads for the pages: read in another process, with a caption if that takes long."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from stnviz.data.clips import BadClip, Clip
from stnviz.records import Trace
from stnviz.records.trace_file import pack_trace
from stnviz.ui.page_queue import pages
from stnviz.ui.upload_budget import NOT_KEPT, UploadBudget
from stnviz.uploads.pool import Tell
from stnviz.uploads.read import BadTrace, read_clip, read_digit, read_photo, read_trace

PATIENCE = 0.5
"""Seconds after which a page shows that it is reading."""

CLIP = "own-clip"
"""Session state key of the visitor's uploaded clip."""

TRACES = "own-traces"
"""Session state key of the visitor's uploaded traces, by the digest of their files."""

Read = TypeVar("Read")


class NotKept(ValueError):
    """A file that the server did not keep; the message says what to do."""


def bytes_of(file: UploadedFile) -> bytes:
    """The content of a file.

    Raises:
        NotKept: the server had no room for it; the message says what to do.
    """
    if file.type == NOT_KEPT:
        raise NotKept(file.getvalue().decode())
    return file.getvalue()


def own_digit(data: bytes) -> NDArray[np.uint8]:
    """A visitor's image of a digit as ink, (28, 28).

    Raises:
        BadPicture: it cannot be read; the message says what to do.
    """
    return _read_with_caption("picture", lambda tell: read_digit(data, tell))


def own_photo(data: bytes, side: int) -> NDArray[np.uint8]:
    """A visitor's photo as a square, (side, side, 3).

    Raises:
        BadPicture: it cannot be read; the message says what to do.
    """
    return _read_with_caption("photo", lambda tell: read_photo(data, side, tell))


def own_clip(source: str, data: bytes) -> Clip:
    """A visitor's clip.

    It is read once and counts towards the upload budget. It is dropped when the session ends,
    another clip comes, or :func:`forget_clip` is called.

    Args:
        source: identifies the clip.
        data: the file.

    Raises:
        BadClip: it cannot be read, or there is no room for it; the message says what to do.
    """
    kept = st.session_state.get(CLIP)
    if kept is None or kept[0] != source:
        forget_clip()  # free its memory before another one is read
        clip = _read_with_caption("clip", lambda tell: read_clip(data, tell))
        if sentence := _counted(clip.frames.nbytes, "clip"):
            raise BadClip(sentence)
        st.session_state[CLIP] = kept = (source, clip)
    found: Clip = kept[1]
    return found


def forget_clip() -> None:
    """Drop the visitor's clip."""
    if st.session_state.pop(CLIP, None):
        _counted(0, "clip")


def own_traces(files: Sequence[bytes]) -> list[tuple[str, Trace | BadTrace]]:
    """A visitor's traces, each under the digest of its file; errors in place of what is none.

    Each is read once. They count towards the upload budget, and are dropped when they are no longer
    asked for, or the session ends.

    Args:
        files: all that the visitor has uploaded now.
    """
    kept: dict[str, Trace | BadTrace] = st.session_state.get(TRACES, {})
    digests = [hashlib.sha256(data).hexdigest() for data in files]
    found = {digest: kept[digest] for digest in digests if digest in kept}
    st.session_state[TRACES] = found
    for digest, data in zip(digests, files, strict=True):
        if digest in found:
            continue
        try:
            found[digest] = _read_with_caption("trace", partial(read_trace, data))
        except BadTrace as error:
            found[digest] = error
        if sentence := _counted(_size(found), "trace"):
            found[digest] = BadTrace(sentence)
    _counted(_size(found), "trace")
    return [(digest, found[digest]) for digest in digests]


def _size(traces: Mapping[str, Trace | BadTrace]) -> int:
    """Bytes of all arrays."""
    packed = [pack_trace(trace) for trace in traces.values() if isinstance(trace, Trace)]
    return sum(array.nbytes for _, arrays in packed for array in arrays.values())


def _counted(size: int, kind: str) -> str | None:
    """Count what this session holds in place of what it held; a sentence if it has no room."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, UploadBudget):
        return None  # no server
    return context.uploaded_file_mgr.hold(context.session_id, size, kind)


def _read_with_caption(thing: str, read: Callable[[Tell], Read]) -> Read:
    """Read an upload; after a while the page shows a caption with the progress.

    Leaving the page ends the reading: Streamlit raises from the call that shows the caption.
    """
    place, shown = st.empty(), ""

    def tell(before: int, taken: float) -> None:
        nonlocal shown
        if taken < PATIENCE:
            return
        caption = f"Reading your {thing}: {taken:.0f} s."
        if before:
            caption = f"Others upload, too: {before} before your {thing}."
        if caption != shown:  # called many times a second, and each caption goes to the browser
            place.caption(caption)
            shown = caption

    try:
        with pages.aside():
            return read(tell)
    finally:
        place.empty()
