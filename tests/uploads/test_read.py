"""Uploads as pages take them: read, or refused with a sentence that says what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stnviz.data import photos
from stnviz.data.clips import BadClip
from stnviz.data.photos import BadPicture
from stnviz.settings import (
    CLIP_SECONDS,
    PICTURE_SECONDS,
    UPLOADS_MB,
    USUAL,
    amount,
)
from stnviz.uploads import read as reading
from stnviz.uploads.process import Killed, Reason
from stnviz.uploads.read import read_clip, read_digit, read_photo
from tests.bombs import of_pictures, profiles, scans
from tests.clips import encoded, square_moves
from tests.data.test_photos import picture, saved


@pytest.mark.feature
def test_an_ordinary_photo_is_there_at_once(photo: bytes) -> None:
    """Or nearly so: a reader stands back where the machine is busy."""
    read_photo(photo, 224)
    took: dict[object, list[float]] = {read_photo: [], photos.read_photo: []}
    for _ in range(4):
        for read in (read_photo, photos.read_photo):
            began = time.perf_counter()
            read(photo, 224)
            took[read].append(time.perf_counter() - began)
    np.testing.assert_array_equal(read_photo(photo, 224), photos.read_photo(photo, 224))
    assert min(took[read_photo]) < 0.2 + 5 * min(took[photos.read_photo])


@pytest.mark.smoke
def test_a_digit_and_a_clip_are_read() -> None:
    data = saved(picture())
    np.testing.assert_array_equal(read_digit(data), photos.read_digit(data))
    clip = read_clip(encoded(square_moves(30), "webm", "libvpx"))
    assert clip.frames[:].shape == (30, 40, 64, 3)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("read", "error", "word"),
    [(read_digit, BadPicture, "not a picture"), (read_clip, BadClip, "not a clip"),
     (lambda data: read_photo(data, 9), BadPicture, "not a picture")],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(
    read: Callable[[bytes], Any], error: type[Exception], word: str
) -> None:
    with pytest.raises(error, match=word):
        read(b"hello")


@pytest.mark.exception
def test_a_picture_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PICTURE_SECONDS, "1.5")
    data = profiles(4000)
    for read in (read_digit, lambda data: read_photo(data, 9)):
        began = time.perf_counter()
        with pytest.raises(BadPicture, match=r"takes over 1\.5 s to read: save it anew, as a PNG"):
            read(data)
        assert time.perf_counter() - began < 5  # a new process may have to begin first


@pytest.mark.exception
def test_a_clip_of_one_endless_frame_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLIP_SECONDS, "1.5")
    data = of_pictures(scans(1024, 200_000), 1024)
    began = time.perf_counter()
    with pytest.raises(BadClip, match=r"takes over 1\.5 s to read: save it anew"):
        read_clip(data)
    assert time.perf_counter() - began < 5


@pytest.mark.exception
@pytest.mark.parametrize("reason", ["time", "memory", "broken"])
def test_every_end_of_a_process_is_a_sentence_that_says_what_to_do(
    reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed(reason)

    monkeypatch.setattr(reading, "_asked", kill)
    for read, error in ((read_digit, BadPicture), (read_clip, BadClip)):
        with pytest.raises(error, match=r": (save it anew|choose).*\.$"):
            read(b"")


@pytest.mark.feature
@pytest.mark.parametrize(
    ("said", "meant"), [("7.5", 7.5), ("", None), ("x", None), ("-3", None), ("nan", None),
                        ("inf", None), ("0", None)],
)  # fmt: skip
def test_bounds_are_settings(
    said: str, meant: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(UPLOADS_MB, said)
    assert amount(UPLOADS_MB) == (USUAL[UPLOADS_MB] if meant is None else meant)
