"""A visitor's own pictures and clips: they belong to the session, and go with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from stnviz.checkpoints.storage import save_checkpoint
from stnviz.models.digits import DigitConfig, DigitNetwork
from stnviz.ui import uploads
from stnviz.ui.attention import model as looking
from stnviz.ui.export.handed import HANDED
from stnviz.ui.video import model as watching
from stnviz.uploads.read import read_clip
from tests.clips import encoded, square_moves
from tests.opening import open_page, shelved_at, texts
from tests.small_birds import two_windows

DIGITS, OTHER, BIRDS = "mnist-r/st-cnn-affine", "mnist-r/st-fcn-affine", "birds/2st-cnn"
CLIP = encoded(square_moves(), "mp4", "libx264")
OTHER_CLIP = encoded(square_moves(9), "mp4", "libx264")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoints")
    for name, network, family in (
        (DIGITS, DigitNetwork(DigitConfig("st-cnn", (28, 28), 4, transform="affine")), "digits"),
        (OTHER, DigitNetwork(DigitConfig("st-fcn", (28, 28), 4, transform="affine")), "digits"),
        (BIRDS, two_windows(), "birds"),
    ):  # fmt: skip
        (folder / name).mkdir(parents=True)
        save_checkpoint(
            folder / name, network, family=family, data=name.partition("/")[0], training={},
            metrics={"error": 0.5, "count": 10, "source": "none"},
        )  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def shelved(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with shelved_at(root, monkeypatch):
        yield


def gone(thing: weakref.ref[Any]) -> bool:
    gc.collect()
    return thing() is None


@pytest.mark.law
def test_a_clip_goes_with_its_session() -> None:
    page = open_page("video", {"model": DIGITS})
    page.file_uploader[0].upload("clip.mp4", CLIP, "video/mp4").run()
    clip = weakref.ref(page.session_state[watching.KEPT].clip)
    assert not gone(clip)
    del page
    assert gone(clip)


@pytest.mark.law
def test_a_photo_goes_with_its_session() -> None:
    page = open_page("attention", {"what": "birds"})
    photo = BytesIO()
    Image.new("RGB", (300, 200), (0, 120, 200)).save(photo, "JPEG")
    page.file_uploader[0].upload("bird.jpg", photo.getvalue(), "image/jpeg").run()
    assert not page.exception
    assert not page.error
    seen = weakref.ref(page.session_state[looking.PHOTO][1])
    own = weakref.ref(page.session_state[HANDED][1])
    assert not gone(seen)
    assert not gone(own)
    del page
    assert gone(seen)
    assert gone(own)


@pytest.mark.feature
def test_exports_get_the_photo_while_it_is_shown() -> None:
    page = open_page("attention", {"what": "birds"})
    assert page.session_state[HANDED] == ("attention", None)
    photo = BytesIO()
    Image.new("RGB", (300, 200), (0, 120, 200)).save(photo, "JPEG")
    page.file_uploader[0].upload("bird.jpg", photo.getvalue(), "image/jpeg").run()
    _, own = page.session_state[HANDED]
    assert (own.kind, own.name, own.photo.shape[2]) == ("photo", "bird.jpg", 3)
    page.file_uploader[0].set_value(None).run()
    assert page.session_state[HANDED] == ("attention", None)


@pytest.mark.feature
def test_exports_know_of_a_clip() -> None:
    page = open_page("video", {"model": DIGITS})
    assert page.session_state[HANDED] == ("video", None)
    page.file_uploader[0].upload("clip.mp4", CLIP, "video/mp4").run()
    assert page.session_state[HANDED][1].kind == "clip"


@pytest.mark.feature
def test_a_clip_is_read_once_and_goes_when_it_is_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []

    def counted(data: bytes, tell: Any) -> Any:
        read.append(len(data))
        return read_clip(data, tell)

    monkeypatch.setattr(uploads, "read_clip", counted)
    page = open_page("video", {"model": DIGITS})
    page.file_uploader[0].upload("clip.mp4", CLIP, "video/mp4").run()
    page.selectbox[0].set_value(OTHER).run()
    page.selectbox[0].set_value(DIGITS).run()
    assert not page.exception
    assert read == [len(CLIP)]
    clip = weakref.ref(page.session_state[watching.KEPT].clip)
    page.file_uploader[0].upload("clip.mp4", OTHER_CLIP, "video/mp4").run()
    assert read == [len(CLIP), len(OTHER_CLIP)]
    assert gone(clip)
    clip = weakref.ref(page.session_state[watching.KEPT].clip)
    page.file_uploader[0].set_value(None).run()
    assert not page.exception
    assert "Take the file out" not in texts(page)
    page.run()  # Streamlit remembers the run before
    assert gone(clip)


@pytest.mark.feature
def test_what_takes_long_says_how_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Place:
        def caption(self, text: str) -> None:
            said.append(text)

        def empty(self) -> None:
            said.append("")

    monkeypatch.setattr(uploads.st, "empty", Place)

    def read(data: bytes, tell: Any) -> Any:
        for before, taken in ((0, 0.1), (2, 0.6), (2, 0.7), (1, 0.8), (0, 0.1), (0, 2.1)):
            tell(before, taken)
        raise ValueError

    monkeypatch.setattr(uploads, "read_digit", read)
    with pytest.raises(ValueError):  # noqa: PT011 (its own)
        uploads.own_digit(b"")
    assert said == [
        "Others upload, too: 2 before your picture.", "Others upload, too: 1 before your picture.",
        "Reading your picture: 2 s.", "",
    ]  # fmt: skip
