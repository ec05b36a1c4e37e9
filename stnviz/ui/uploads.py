"""Visitors' uploads for the pages: read in another process, with a caption if that takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from stnviz.data.clips import BadClip, Clip
from stnviz.ui.page_queue import pages
from stnviz.ui.upload_budget import NOT_KEPT, UploadBudget
from stnviz.uploads.pool import Tell
from stnviz.uploads.read import read_clip, read_digit, read_photo

PATIENCE = 0.5
"""Seconds after which a page shows that it is reading."""

CLIP = "own-clip"
"""Session state key of the visitor's uploaded clip."""

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
        if sentence := _counted(clip.frames.nbytes):
            raise BadClip(sentence)
        st.session_state[CLIP] = kept = (source, clip)
    found: Clip = kept[1]
    return found


def forget_clip() -> None:
    """Drop the visitor's clip."""
    if st.session_state.pop(CLIP, None):
        _counted(0)


def _counted(size: int) -> str | None:
    """Count this session's clip in place of its previous one; a sentence if it has no room."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, UploadBudget):
        return None  # no server
    return context.uploaded_file_mgr.hold(context.session_id, size)


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
