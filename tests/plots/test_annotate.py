"""Frames with windows on them: judged by their pixels."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageColor

from stnviz.plots import annotate
from stnviz.plots.annotate import ROOM, USUAL, Sheet, annotated, dashed
from stnviz.plots.theme import LANES
from stnviz.ui.attention import view as attention

SIDE = 4 * USUAL // 3


def net(size: float, count: int = 7) -> np.ndarray:
    """(K, 2): an upright window around the middle."""
    axis = np.linspace(-size, size, count)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def is_colour(pixels: np.ndarray, colour: str) -> np.ndarray:
    """Which pixels are almost of a colour."""
    wanted = np.array(ImageColor.getrgb(colour))
    return np.asarray(np.abs(pixels.astype(int) - wanted).max(axis=-1) < 30)


def drawn(lanes: int, *, grid: bool = False, side: int = SIDE, words: str = "") -> np.ndarray:
    windows = np.stack([net(0.3 + 0.15 * lane) for lane in range(lanes)])[None]
    frames = [np.full((side, side, 3), 128, np.uint8)]
    (found,) = annotated(frames, windows, [words], grid=grid)
    return found


@pytest.mark.cardinality
@pytest.mark.parametrize(
    ("height", "width", "zoom"),
    [(28, 28, 13), (128, 128, 3), (270, 480, 1), (360, 640, 1), (480, 270, 1)],
)
def test_small_frames_are_enlarged_and_all_have_room(height: int, width: int, zoom: int) -> None:
    sheet = Sheet(np.zeros((height, width, 3), np.uint8))
    assert sheet.size == (zoom * width, zoom * height)
    assert sheet.room == round(ROOM * sheet.side)
    found = sheet.done("2")
    assert found.shape == (
        sheet.size[1] + 2 * sheet.room + annotate.STRIP, sheet.size[0] + 2 * sheet.room, 3
    )  # fmt: skip


@pytest.mark.feature
@pytest.mark.parametrize("lanes", [1, 2, 3, 4])
def test_every_window_has_its_colour(lanes: int) -> None:
    found = drawn(lanes)
    for lane, (_, colour, _) in enumerate(LANES):
        assert is_colour(found, colour).any() == (lane < lanes)


@pytest.mark.feature
def test_an_outline_lies_where_the_window_looks() -> None:
    found = drawn(1)
    blue = is_colour(found, LANES[0][1])
    rows, columns = np.flatnonzero(blue.any(axis=1)), np.flatnonzero(blue.any(axis=0))
    room = round(ROOM * SIDE)
    for ends in (rows, columns):
        assert ends[0] == pytest.approx(room + SIDE * (1 - 0.3) / 2, abs=3)
        assert ends[-1] == pytest.approx(room + SIDE * (1 + 0.3) / 2, abs=3)


@pytest.mark.feature
def test_on_a_wide_frame_windows_lie_on_its_middle_square() -> None:
    sheet = Sheet(np.zeros((360, 640, 3), np.uint8))
    x, y = sheet.place(np.array((0.0, 0.0)))
    assert (x / 2, y / 2) == (sheet.room + 320, sheet.room + 180)
    x, y = sheet.place(np.array((1.0, -1.0)))
    assert (x / 2, y / 2) == (sheet.room + 320 + 180, sheet.room)


@pytest.mark.feature
def test_the_grid_is_drawn_where_it_is_asked_for() -> None:
    plain, crossed = (is_colour(drawn(1, grid=grid), LANES[0][1]).sum() for grid in (False, True))
    assert crossed > 1.8 * plain


@pytest.mark.feature
def test_the_answer_stands_below_and_a_long_one_is_cut() -> None:
    def strip(words: str) -> np.ndarray:
        return drawn(1, words=words)[-annotate.STRIP :].max(axis=-1) > 150

    assert not strip("").any()
    assert strip("Read as 2").any()
    wide = strip("as long as a novel " * 40)
    assert wide.any()
    assert not wide[:, :4].any()
    assert not wide[:, -4:].any()


@pytest.mark.exception
def test_a_window_that_is_nowhere_is_left_out() -> None:
    windows = np.full((1, 1, 49, 2), np.nan)
    (found,) = annotated([np.zeros((40, 40, 3), np.uint8)], windows, ["nothing"])
    assert not is_colour(found, LANES[0][1]).any()
    far = np.full((1, 1, 49, 2), 1e9)
    (found,) = annotated([np.zeros((40, 40, 3), np.uint8)], far, [""])
    assert found.shape[2] == 3


@pytest.mark.feature
def test_dashes_have_their_lengths_around_corners() -> None:
    pieces = dashed([(0, 0), (10, 0), (10, 10)], [4, 2])
    lengths = [
        sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(p)) for p in pieces
    ]
    assert lengths == pytest.approx([4, 4, 4, 2])
    assert (pieces[1][0], pieces[1][-1]) == ((6, 0), (10, 0))
    assert dashed([(0, 0), (1, 1)], []) == [[(0, 0), (1, 1)]]


@pytest.mark.law
def test_the_saved_clip_has_the_colours_of_the_screen() -> None:
    script = (Path(attention.__file__).parent / "lanes.js").read_text(encoding="utf-8")
    found = re.findall(r'letter: "(\w)", colour: "(#\w{6})".*dash: \[([\d, ]*)\]', script)
    on_screen = [
        (letter, colour, tuple(int(n) for n in dash.split(",") if n))
        for letter, colour, dash in found
    ]
    assert on_screen == list(LANES)
