"""Clips on the Video page: uploads, saving, and what the component is sent."""

from __future__ import annotations

import base64
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stnviz.checkpoints.library import Library
from stnviz.data.clips import LARGEST_FILE, read_clip
from stnviz.data.preprocessing import frame
from stnviz.data.synthetic_clips import move_digit
from stnviz.live.protocol import decode_answer
from stnviz.ui.stage import model as play
from stnviz.ui.video import model as watching
from stnviz.ui.video.model import ClipTrace
from stnviz.ui.video.presentation import message, save, saved
from tests.clips import encoded, sound, square_moves
from tests.opening import ROUTER, click, components, texts
from tests.small_birds import two_windows
from tests.video_page import DIGITS, kept, opened, put, root, shelved, state, upload

__all__ = ["root", "shelved"]


@pytest.mark.feature
def test_a_clip_of_ones_own_is_watched_and_says_what_was_done_to_it() -> None:
    page = opened(model=DIGITS, frame="5")
    paper = 255 - np.repeat(move_digit("turning", 7, 0, 60).clip.frames, 2, axis=0)
    upload(page, encoded(paper[:30], "mp4", "libx264"))
    assert len(kept(page)) == 30
    assert kept(page).title == "clip"
    assert "bright ground was turned dark" in texts(page)
    assert state(page)["frame"] is None
    assert kept(page).given() is not None
    upload(page, encoded(square_moves(620), "mp4", "libx264"))
    assert "The clip is cut after 600 frames" in texts(page)


@pytest.mark.exception
@pytest.mark.parametrize(
    ("data", "word"), [(b"no clip", "not a clip"), (sound(), "sound but no picture")]
)
def test_a_bad_upload_is_one_sentence(data: bytes, word: str) -> None:
    page = opened(model=DIGITS)
    upload(page, data)
    assert len(page.error) == 1
    assert word in page.error[0].value
    assert not components(page)
    assert page.file_uploader  # to choose another one


@pytest.mark.feature
def test_a_clip_that_is_stopped_shows_what_there_is_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = opened(model=DIGITS)
    whole = kept(page)
    short = ClipTrace(
        whole.network, whole.source, whole.title, whole.clip, whole.model, whole.images, (),
        whole.truth,
    )  # fmt: skip
    for _ in range(3):
        next(short.go_on())
    page.session_state[watching.KEPT] = short
    page.session_state["halted"] = short.key
    page.run()
    assert not page.exception
    assert "Stopped after 48 of 120 frames." in texts(page)
    click(page, "Go on")
    assert kept(page).done == 120
    assert "Stopped" not in texts(page)
    np.testing.assert_array_equal(kept(page).track().windows, whole.track().windows)


@pytest.mark.law
def test_who_is_still_at_work_adds_nothing_after_the_next_has_begun() -> None:
    watch = kept(opened(model=DIGITS))
    watch.parts.clear()
    before = watch.go_on()
    assert next(before) == 16
    now = watch.go_on()
    assert next(now) == 32
    assert list(before) == []
    assert list(now)[-1] == 120
    watch.parts.clear()
    before = watch.go_on()
    next(before)
    watch.hold()
    assert list(before) == []
    assert watch.done == 16


@pytest.mark.feature
@pytest.mark.parametrize("kind", ["mp4", pytest.param("gif", marks=pytest.mark.slow)])
def test_the_saved_clip_has_every_frame(kind: Any) -> None:
    page = opened(model=DIGITS, clip="turning", grid="1")
    click(page, f"Save as {kind.upper()}")
    file = saved(kept(page), kind, grid=True)
    assert file is not None
    (offered,) = page.get("download_button")
    assert offered.proto.label.startswith(f"Download {kind.upper()}, ")
    assert saved(kept(page), kind, grid=False) is None
    clip = read_clip(file)
    assert len(clip) == 120
    assert clip.rate == pytest.approx(24, rel=0.02)
    blue = np.array((0x58, 0xA6, 0xE0))
    assert (np.abs(clip.frames[60].astype(int) - blue).max(axis=-1) < 50).sum() > 100


@pytest.mark.exception
def test_saving_that_is_stopped_keeps_nothing() -> None:
    watch = kept(opened(model=DIGITS))

    def tell(count: int) -> None:
        if count == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(watch, play.library().cards()[DIGITS], "mp4", grid=False, tell=tell)
    assert watch.files == {}


@pytest.mark.feature
def test_the_component_is_sent_reels_windows_and_moves() -> None:
    page = opened(model=DIGITS, clip="crossing")
    sent = message(kept(page), play.library().cards()[DIGITS])
    assert message(kept(page), play.library().cards()[DIGITS]) is sent  # made once
    head, arrays = decode_answer(base64.b64decode(sent["answer"])[4:])
    assert head["letters"] == ["A"]
    assert set(head["reels"]) == {"picture", "crops"}
    assert {reel["kind"] for reel in head["reels"].values()} == {"image/png"}
    assert len(head["said"]) == len(head["reels"]["picture"]["ends"]) == 120
    assert arrays["windows"].shape == (120, 1, 49, 2)
    assert arrays["moves"].shape == (120, 1)
    assert arrays["truth"].shape == (120, 2)


@pytest.mark.feature
def test_the_longest_clip_fits_into_one_message() -> None:
    grain = np.random.default_rng(0).integers(0, 256, (600, 270, 480, 3), np.uint8)
    found = watching.Clip(grain, 24.0)
    page = opened(model=DIGITS)
    whole = kept(page)
    card = play.library().cards()[DIGITS]
    images = frame(grain, (28, 28), 1)
    watch = ClipTrace(whole.network, "grain", "clip", found, whole.model, images, ())
    assert list(watch.go_on())[-1] == 600
    assert len(message(watch, card)["answer"]) < 9_500_000


@pytest.mark.law
def test_the_server_takes_files_as_large_as_the_page_does() -> None:
    settings = tomllib.loads((ROUTER.parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == LARGEST_FILE


@pytest.mark.exception
def test_without_its_pictures_a_network_of_photos_still_watches_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    species = "Sooty Tern", "House Wren"
    put(tmp_path, "cub/2st-cnn", two_windows(species), "birds")
    monkeypatch.setattr(play, "default_library", lambda: Library({"": tmp_path}))
    monkeypatch.setenv("STNVIZ_DATA", str(tmp_path / "nothing"))
    page = opened()
    assert "get the archive from" in page.info[0].value
    assert not components(page)
    upload(page, encoded(square_moves(4), "webm", "libvpx"))
    assert len(components(page)) == 1
    assert not page.info
