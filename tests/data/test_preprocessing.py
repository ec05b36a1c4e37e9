"""Frames as networks take them: the middle square, small, digits as bright ink on black."""

from __future__ import annotations

import numpy as np
import pytest

from stnviz.data.preprocessing import TURNED, frame, grey_levels, middle_square, quantile
from stnviz.data.synthetic_clips import move_digit


@pytest.mark.law
@pytest.mark.parametrize("side", [28, 42, 60])
def test_generated_digits_stay_exactly_as_they_are(side: int) -> None:
    frames = move_digit("moving", 132, 0, side).clip.frames
    found = frame(frames, (side, side), 1)
    assert (found[:][:, 0].numpy() == frames[..., 0]).all()
    assert found.notice is None


@pytest.mark.cardinality
@pytest.mark.parametrize(("height", "width"), [(30, 50), (50, 30), (40, 40), (31, 50)])
def test_the_middle_square_is_taken(height: int, width: int) -> None:
    frames = np.zeros((2, height, width, 3), np.uint8)
    frames[:, (height - 1) // 2, (width - 1) // 2] = 255
    square = middle_square(frames)
    side = min(height, width)
    assert square.shape == (2, side, side, 3)
    middle = slice(side // 2 - 1, side // 2 + 1)  # of odd and even sides together, within a pixel
    assert square[0, middle, middle].max() == 255
    assert frame(frames, (12, 12), 3)[:].shape == (2, 3, 12, 12)


@pytest.mark.feature
def test_dark_ink_on_bright_paper_is_turned_and_said_so() -> None:
    digit = move_digit("turning", 132, 0, 28).clip.frames
    paper = (215 - 0.7 * digit).astype(np.uint8)
    found = frame(paper, (28, 28), 1)
    assert found.notice == TURNED
    ink = found[:][:, 0].numpy()
    assert ink[:, 0].max() == 0
    assert ink.max() == 255
    assert np.corrcoef(ink.ravel(), digit[..., 0].ravel())[0, 1] > 0.95


@pytest.mark.feature
def test_a_ground_that_is_almost_black_becomes_black() -> None:
    digit = move_digit("turning", 132, 0, 28).clip.frames
    found = frame((40 + 0.6 * digit).astype(np.uint8), (28, 28), 1)
    assert found.notice is None
    assert found[:][:, 0, 0].max() == 0
    assert found[:].max() == 255


@pytest.mark.feature
def test_the_ground_is_judged_once_for_the_whole_clip() -> None:
    frames = np.full((5, 20, 20, 3), 230, np.uint8)
    frames[2] = 30  # somebody's hand before the camera
    found = frame(frames, (20, 20), 1)
    assert found.notice == TURNED
    assert found[:][0].max() == 0
    assert found[:][2].max() > 0


@pytest.mark.feature
def test_colours_stay_for_networks_that_know_them() -> None:
    frames = np.full((2, 20, 20, 3), (250, 128, 7), np.uint8)
    found = frame(frames, (10, 10), 3)
    assert found[:][0, :, 4, 4].tolist() == [250, 128, 7]
    assert found.notice is None


@pytest.mark.oracle
@pytest.mark.parametrize("share", [0.5, 0.999, 0.0, 1.0, 0.37])
@pytest.mark.parametrize("count", [1, 2, 999, 1000])
def test_quantiles_of_counted_levels_are_those_of_the_levels(share: float, count: int) -> None:
    levels = np.random.default_rng(count).integers(0, 256, count).astype(np.uint8)
    found = quantile(np.bincount(levels, minlength=256), share)
    assert found == pytest.approx(np.quantile(levels, share), abs=1e-9)


@pytest.mark.oracle
@pytest.mark.parametrize("ground", [0, 5, 60, 180, 250])
def test_ink_is_as_all_frames_together_say(ground: int) -> None:
    """Counted a few frames at a time, as from all of them at once."""
    digit = move_digit("turning", 132, 0, 28).clip.frames[:70].astype(float) / 255
    ink = 255 if ground < 127 else 20
    frames = np.random.default_rng(0).normal(ground + (ink - ground) * digit, 3).clip(0, 255)
    frames = frames.astype(np.uint8)
    grey = grey_levels(frames)
    level = float(np.median(np.concatenate([
        grey[:, 0].ravel(), grey[:, -1].ravel(), grey[:, :, 0].ravel(), grey[:, :, -1].ravel()
    ])))  # fmt: skip
    if level > 127:
        grey, level = 255 - grey, 255 - level
    if level > 8:
        top = max(float(np.percentile(grey[::8], 99.9)) - level, 24.0)
        grey = (255 * np.clip(((grey - level) / top - 0.2) / 0.6, 0, 1)).round().astype(np.uint8)
    np.testing.assert_array_equal(frame(frames, (28, 28), 1)[:][:, 0].numpy(), grey)
