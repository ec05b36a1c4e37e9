"""Clips come back from every kind of file, and what is no clip gets one sentence."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stnviz.data import clips
from stnviz.data.clips import LARGEST_FILE, MAX_FRAMES, SIDE, BadClip, even, read_clip
from stnviz.data.video_writer import FileKind, write_clip
from tests.clips import encoded, sound, square_moves

FRAMES = square_moves()


def off(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean difference in grey levels."""
    return float(np.abs(found.astype(int) - wanted).mean())


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("kind", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("webm", "libvpx-vp9"), ("webm", "libvpx"),
     ("matroska", "libx264"), ("avi", "mpeg4"), ("flv", "flv"), ("mpegts", "libx264")],
)  # fmt: skip
def test_every_kind_of_file_is_read(kind: str, codec: str) -> None:
    clip = read_clip(encoded(FRAMES, kind, codec))
    assert clip.frames.shape == FRAMES.shape
    assert off(clip.frames[:], FRAMES) < 3
    assert clip.rate == pytest.approx(25, rel=0.01)
    assert clip.seconds == pytest.approx(0.8, rel=0.01)
    assert clip.notices == ()


@pytest.mark.law
@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_what_is_written_is_read_again(kind: FileKind) -> None:
    clip = read_clip(write_clip(FRAMES, 20, kind))
    assert clip.frames.shape == FRAMES.shape
    assert off(clip.frames[:], FRAMES) < 1
    assert clip.rate == pytest.approx(20, rel=0.01)


@pytest.mark.feature
def test_a_webp_animation_lasts_as_long_as_the_clip() -> None:
    with Image.open(io.BytesIO(write_clip(iter(FRAMES), 24, "webp"))) as file:
        assert (file.n_frames, file.size) == (20, (64, 40))  # type: ignore[attr-defined]


@pytest.mark.cardinality
def test_an_mp4_has_even_sides() -> None:
    clip = read_clip(write_clip(FRAMES[:, :39, :63], 24))
    assert clip.frames.shape == (20, 40, 64, 3)


@pytest.mark.exception
def test_a_clip_without_frames_is_not_written() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write_clip([], 24)


@pytest.mark.feature
def test_what_has_too_many_frames_is_cut_and_says_so() -> None:
    clip = read_clip(encoded(square_moves(MAX_FRAMES + 30), "mp4", "libx264"))
    assert len(clip) == MAX_FRAMES
    assert clip.notices == ("The clip is cut after 600 frames: it has more than can be shown.",)


@pytest.mark.feature
def test_what_lasts_too_long_is_cut_and_says_so() -> None:
    clip = read_clip(encoded(square_moves(80), "mp4", "libx264", rate=2))
    assert clip.seconds == pytest.approx(30, abs=0.5)
    assert clip.notices == ("The clip is cut after 30 s: it is longer than can be shown.",)


@pytest.mark.cardinality
def test_what_is_as_long_as_may_be_is_not_cut() -> None:
    clip = read_clip(encoded(square_moves(MAX_FRAMES, 16, 32), "mp4", "libx264"))
    assert len(clip) == MAX_FRAMES
    assert clip.notices == ()


@pytest.mark.cardinality
def test_large_frames_are_made_small_while_they_are_read() -> None:
    clip = read_clip(encoded(np.zeros((3, 540, 960, 3), np.uint8), "mp4", "libx264"))
    assert clip.frames.shape == (3, 270, SIDE, 3)


@pytest.mark.feature
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_frames_stand_as_the_camera_was_held(turn: int) -> None:
    clip = read_clip(encoded(FRAMES, "mp4", "libx264", turn=turn))
    wanted = np.rot90(FRAMES, turn // 90, axes=(1, 2))
    assert clip.frames.shape == wanted.shape
    assert off(clip.frames[:], wanted) < 2


@pytest.mark.feature
def test_what_is_transparent_is_paper() -> None:
    pictures = []
    for k in range(3):
        picture = Image.new("RGBA", (30, 20))
        picture.paste((0, 0, 0, 255), (5 + k, 5, 12 + k, 12))
        pictures.append(picture)
    file = io.BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:], duration=100, disposal=2
    )
    clip = read_clip(file.getvalue())
    assert clip.frames[0][0, 0].tolist() == [255, 255, 255]
    assert clip.frames[:][:, 8, 8].max() == 0


@pytest.mark.feature
def test_frames_of_unequal_times_are_shown_as_long_as_they_were() -> None:
    pictures = [Image.fromarray(frame) for frame in FRAMES[:4]]
    file = io.BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:], duration=[100, 400, 100, 200]
    )
    clip = read_clip(file.getvalue())
    assert clip.rate == pytest.approx(10)
    shown = [int(np.argmin([off(f, g) for g in FRAMES[:4]])) for f in clip.frames]
    assert shown == [0, 1, 1, 1, 1, 2, 3, 3]


@pytest.mark.feature
def test_what_evening_out_makes_too_long_is_cut_and_says_so() -> None:
    pictures = [Image.fromarray(frame) for frame in square_moves(61)]
    file = io.BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:],
        duration=[20] * 30 + [25_000] + [20] * 30,
    )  # fmt: skip
    clip = read_clip(file.getvalue())
    assert len(clip) == MAX_FRAMES
    assert clip.notices == ("The clip is cut after 600 frames: it has more than can be shown.",)


@pytest.mark.feature
def test_even_times_stay_as_they_are() -> None:
    order, rate = even(np.arange(9) / 25 + 3, 9 / 25 + 3)
    assert order.tolist() == list(range(9))
    assert rate == pytest.approx(25)
    assert even(np.array([7.0]), 9.0) == (np.zeros(1), 0.5)
    order, rate = even(np.array([0, 0.001, 0.002, 0.003]), 0.004)
    assert rate <= 60


@pytest.mark.feature
def test_what_could_be_read_of_a_damaged_file_is_shown() -> None:
    whole = encoded(square_moves(200), "mpegts", "libx264")
    part = read_clip(whole[: len(whole) // 2])
    assert 0 < len(part) < 200


def without_decoder() -> bytes:
    """An MP4 whose codec nobody knows."""
    return encoded(FRAMES, "mp4", "libx264").replace(b"avc1", b"zzzz")


def huge() -> bytes:
    """A GIF that says it has 9,000 pixels a side."""
    whole = bytearray(write_clip(FRAMES, 20, "gif"))
    whole[6:10] = (9000).to_bytes(2, "little") * 2
    return bytes(whole)


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/hostname\n"


@pytest.mark.exception
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a clip"),
        (b"hello", "not a clip"),
        (b"GIF89a", "not a clip"),
        (b"GIF89a" + b"\0" * 90, "not a clip"),
        (b"\0\0\0\x18ftypmp42" + b"x" * 900, "not a clip"),
        (b"\x1aE\xdf\xa3" + b"y" * 900, "not a clip"),
        (b"%PDF-1.7 hello", "not a clip"),
        (PLAYLIST, "not a clip"),
        (CONCAT, "not a clip"),
        (encoded(FRAMES, "mp4", "libx264")[:1500], "not a clip"),
        (encoded(FRAMES[:0], "avi", "mpeg4"), "no frames|not a clip"),
        (sound(), "sound but no picture"),
        (without_decoder(), "cannot decode"),
        (huge(), "9000 x 9000"),
        (b"GIF89a" + b"\0" * LARGEST_FILE, "20 MB"),
    ],
)
def test_anything_else_is_one_sentence(data: bytes, word: str) -> None:
    with pytest.raises(BadClip, match=word) as caught:
        read_clip(data)
    said = str(caught.value)
    assert said.endswith(".")
    assert said.count(". ") == 0


@pytest.mark.exception
def test_nothing_is_written_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    data = encoded(FRAMES, "mp4", "libx264")
    read_clip(data)
    for bad in (data[:900], sound(), huge(), PLAYLIST):
        with pytest.raises(BadClip):
            read_clip(bad)
    write_clip(FRAMES, 24)
    write_clip(FRAMES, 24, "gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.law
def test_no_playlist_is_among_the_kinds() -> None:
    # They name other files and addresses, which FFmpeg would open on the server.
    assert not {kind for _, _, kind in clips.KINDS} & {"hls", "dash", "concat", "image2", "sdp"}


@pytest.mark.feature
@pytest.mark.parametrize("title", ["Fête de l'été".encode("latin-1"), "運動会".encode("shift-jis")])
def test_titles_may_be_in_any_encoding(title: bytes) -> None:
    """Older cameras write their own."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        container.metadata["title"] = "x" * len(title)
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 40, "yuv420p"
        for frame in FRAMES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    data = file.getvalue()
    assert data.count(b"x" * len(title)) == 1
    clip = read_clip(data.replace(b"x" * len(title), title))
    assert clip.frames.shape == FRAMES.shape


@pytest.mark.exception
def test_a_clip_that_takes_too_long_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(clips, "monotonic", lambda: float(3 * next(ticks)))
    clip = read_clip(encoded(FRAMES, "mp4", "libx264"))
    assert 1 <= len(clip) < len(FRAMES)
    assert clip.notices == ("The clip is cut: the rest would take too long to read.",)


@pytest.mark.feature
def test_however_long_it_takes_there_is_a_first_frame() -> None:
    clip = read_clip(encoded(square_moves(30), "webm", "libvpx"), patience=0.0)
    assert len(clip) == 1
    assert clip.notices == ("The clip is cut: the rest would take too long to read.",)
