"""Frames that are kept small: exactly where they fit, and never all of them at once."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from stnviz.data.clips import MAX_FRAMES, read_clip
from stnviz.data.packed_frames import KEPT, FramePacker, Frames, PackedFrames
from stnviz.data.preprocessing import frame
from tests.clips import encoded, square_moves

FRAMES = square_moves()


def grain(seed: int, side: int = 480) -> Frames:
    """One frame that nothing makes small."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def packed(frames: Frames, room: int = KEPT, expected: int | None = None) -> PackedFrames:
    packer = FramePacker(expected, len(frames), room)
    for one in frames:
        packer.add(one)
    assert len(packer) == len(frames)
    return packer.packed(range(len(frames)), (frames.shape[1], frames.shape[2]))


@pytest.mark.law
@pytest.mark.parametrize(
    "which", [slice(None), slice(3, 9), slice(None, None, 7), slice(-2, None), slice(5, 5)]
)
def test_a_slice_is_that_of_the_array(which: slice) -> None:
    found = packed(FRAMES)
    np.testing.assert_array_equal(found[which], FRAMES[which])
    assert found[which].shape[1:] == FRAMES.shape[1:]


@pytest.mark.law
def test_frames_one_by_one_are_those_of_the_array() -> None:
    found = packed(FRAMES)
    assert found.shape == FRAMES.shape
    for k, one in enumerate(found):
        np.testing.assert_array_equal(one, FRAMES[k])
    np.testing.assert_array_equal(found[-1], FRAMES[-1])
    np.testing.assert_array_equal(PackedFrames.taken(found.data, found.head())[:], FRAMES)


@pytest.mark.feature
def test_a_frame_that_is_shown_again_takes_no_more_room() -> None:
    packer = FramePacker(None, 600)
    for one in FRAMES[:3]:
        packer.add(one)
    once, often = packer.packed([0, 1], (40, 64)), packer.packed([0, 1, 1, 1, 0], (40, 64))
    assert often.nbytes == once.nbytes
    np.testing.assert_array_equal(often[:], FRAMES[[0, 1, 1, 1, 0]])


@pytest.mark.feature
@pytest.mark.parametrize("expected", [None, 30])
def test_what_does_not_fit_exactly_is_kept_less_exactly(expected: int | None) -> None:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (8, 12, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((96, 64), Image.Resampling.BICUBIC))
    frames = np.stack([np.roll(smooth, k, axis=1) for k in range(30)])
    exact = packed(frames)
    found = packed(frames, exact.nbytes // 2, expected)
    assert found.nbytes <= exact.nbytes // 2
    assert 0 < np.abs(found[:].astype(int) - frames).mean() < 8


@pytest.mark.law
def test_no_clip_takes_more_than_sixty_megabytes() -> None:
    packer = FramePacker(MAX_FRAMES, MAX_FRAMES)
    one = grain(0)
    for _ in range(MAX_FRAMES):
        packer.add(one)
    assert packer.packed(range(MAX_FRAMES), (480, 480)).nbytes < 60e6


@pytest.mark.slow
@pytest.mark.law
def test_who_looks_at_a_long_clip_never_holds_all_of_it() -> None:
    """A hundred and sixty frames of 480 pixels are 110 MB, and were three times that."""
    packer = FramePacker(160, 160)
    for k in range(8):
        packer.add(grain(k))
    clip = packer.packed([k % 8 for k in range(160)], (480, 480))
    tracemalloc.start()
    for channels, side in ((1, 60), (3, 224)):
        images = frame(clip, (side, side), channels)
        for start in range(0, len(images), 16):
            assert images[start : start + 16].shape == (16, channels, side, side)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.law
def test_reading_never_holds_all_frames() -> None:
    data = encoded(np.repeat(square_moves(40, 480, 480), 4, axis=0), "mp4", "libx264")
    tracemalloc.start()
    clip = read_clip(data)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(clip) == 160
    assert held < 10e6
    assert peak < 30e6


@pytest.mark.exception
def test_bytes_that_are_no_frames_of_that_size_are_refused() -> None:
    found = packed(FRAMES)
    with pytest.raises(ValueError, match="pixels"):
        PackedFrames(found.data, found.ends, found.order, (9, 9))[0]
