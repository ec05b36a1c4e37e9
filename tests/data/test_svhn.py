"""SVHN's full-number format, on a small archive written the way MATLAB writes it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from stnviz.data.numbers import NONE
from stnviz.data.numbers.svhn import SvhnNotFound, crop, load_svhn, read_struct
from tests.street_numbers import HOUSES, Digit, write_archive, write_pictures


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = write_archive(tmp_path / "test", HOUSES)
    write_pictures(folder, [name for name, _ in HOUSES])
    return folder


@pytest.mark.feature
def test_numbers_are_read_from_the_left_and_ten_is_nought(archive: Path) -> None:
    first, second = read_struct(archive)
    assert not isinstance(first, str)
    assert not isinstance(second, str)
    assert (first.name, first.digits, first.box) == ("1.png", (0,), (30, 20, 40, 40))
    assert (second.digits, second.box) == ((7, 4, 2), (10, 12, 36, 29))


@pytest.mark.feature
@pytest.mark.parametrize("loose", [False, True])
def test_crops_lie_around_the_number(archive: Path, loose: bool) -> None:
    numbers = load_svhn(archive, 64, loose=loose)
    assert numbers.images.shape == (2, 64, 64, 3)
    assert numbers.labels.tolist() == [[0, *[NONE] * 4], [7, 4, 2, NONE, NONE]]
    assert numbers.notes == ()
    bright = np.argwhere(numbers.images[0][..., 0] > 128)
    assert np.allclose(bright.mean(axis=0), 31.5, atol=1)
    share = len(bright) / 64**2  # a digit of 10 x 20 in a square of 1.3 or 2.6 times 20
    assert share == pytest.approx(0.5 / (2.6 if loose else 1.3) ** 2, rel=0.15)


@pytest.mark.feature
def test_beyond_the_picture_its_edge_goes_on(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20, 3), 77, np.uint8)).save(tmp_path / "1.png")
    assert (crop(tmp_path / "1.png", (0, 0, 20, 20), 32, 2.6) == 77).all()


@pytest.mark.exception
def test_damaged_entries_and_pictures_are_passed_over_and_named(tmp_path: Path) -> None:
    long = [(1, (float(k), 0.0, 1.0, 1.0)) for k in range(6)]
    houses = [*HOUSES, ("3.png", long), ("4.png", HOUSES[0][1]), ("5.png", [(1, (500, 5, 9, 9))])]
    folder = write_archive(tmp_path / "train", houses)
    write_pictures(folder, ["1.png", "2.png", "3.png", "5.png"])
    (folder / "4.png").write_bytes(b"no picture")
    numbers = load_svhn(folder, 32, loose=False)
    assert len(numbers) == 2
    assert numbers.notes == (
        "Passed over as damaged: 4.png, 5.png.",
        "Left out 1 numbers of more than 5 digits.",
    )


@pytest.mark.exception
@pytest.mark.parametrize(
    "digits",
    [
        [(0, (5, 5, 9, 9))],
        [(-4, (5, 5, 9, 9))],
        [(11, (5, 5, 9, 9))],
        [(1, (5, 5, 0, 9))],
        [(1, (5, 5, float("nan"), 9))],
        [(1, (5, 5, 50_000, 9))],
    ],
)
def test_a_box_or_a_label_that_cannot_be_is_passed_over(
    digits: list[Digit], tmp_path: Path
) -> None:
    folder = write_archive(tmp_path / "train", [*HOUSES, ("3.png", digits)])
    write_pictures(folder, ["1.png", "2.png", "3.png"])
    numbers = load_svhn(folder, 32, loose=False)
    assert len(numbers) == 2
    (note,) = numbers.notes
    assert note.startswith("Passed over as damaged: ")


@pytest.mark.exception
def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SvhnNotFound, match=r"digitStruct.mat is missing: get train.tar.gz"):
        load_svhn(tmp_path, 32, loose=False)
    (tmp_path / "digitStruct.mat").write_bytes(b"MATLAB 5.0")
    with pytest.raises(SvhnNotFound, match="cannot be read"):
        load_svhn(tmp_path, 32, loose=False)
    with h5py.File(tmp_path / "digitStruct.mat", "w") as file:
        file.create_group("something")
    with pytest.raises(SvhnNotFound, match="no digitStruct"):
        load_svhn(tmp_path, 32, loose=False)
    folder = write_archive(tmp_path / "empty", HOUSES)
    with pytest.raises(SvhnNotFound, match="None of the pictures"):
        load_svhn(folder, 32, loose=False)
