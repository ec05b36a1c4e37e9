"""Pictures of a folder as one batch."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stnviz.cli.picture_folder import read_picture_folder
from stnviz.not_found import ResourceNotFound
from tests.pictures import write_pictures


@pytest.mark.feature
def test_pictures_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "below").mkdir()
    found = read_picture_folder(tmp_path)
    assert found.names == ("p0.jpg", "p1.png", "p2.png", "p3.png")
    assert found.images.shape == (4, 3, 24, 32)
    assert found.images.dtype == torch.float32
    pixels = np.asarray(Image.open(tmp_path / "p2.png")) / 255
    np.testing.assert_allclose(found.images[2].permute(1, 2, 0), pixels, atol=1e-6)
    assert read_picture_folder(tmp_path, count=2).names == ("p0.jpg", "p1.png")


@pytest.mark.feature
def test_size_and_grey_are_as_asked(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    Image.fromarray(np.full((9, 5), 40_000, np.uint16)).save(tmp_path / "deep.png")
    Image.new("RGBA", (5, 9), (255, 255, 255, 128)).save(tmp_path / "clear.png")
    found = read_picture_folder(tmp_path, (10, 20), grey=True)
    assert found.images.shape == (6, 1, 10, 20)
    assert float(found.images.min()) >= 0
    assert float(found.images.max()) <= 1


@pytest.mark.feature
def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    photo = Image.new("RGB", (8, 4), "red")
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "photo.jpg", exif=exif)
    assert read_picture_folder(tmp_path).images.shape == (1, 3, 8, 4)


@pytest.mark.exception
def test_damaged_pictures_are_passed_over_and_named(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    whole = (tmp_path / "p1.png").read_bytes()
    for name, data in (("cut.png", whole[:60]), ("empty.jpg", b""), ("text.bmp", b"no")):
        (tmp_path / name).write_bytes(data)
    found = read_picture_folder(tmp_path)
    assert len(found.names) == 4
    assert found.notices == ("Passed over as damaged: cut.png, empty.jpg, text.bmp.",)


@pytest.mark.exception
def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="is not a folder"):
        read_picture_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no pictures"):
        read_picture_folder(tmp_path)
    (tmp_path / "bad.png").touch()
    with pytest.raises(ValueError, match=r"no picture that can be read. Passed over"):
        read_picture_folder(tmp_path)
    write_pictures(tmp_path)
    Image.new("RGB", (5, 5)).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match=r"5 x 5 and 24 x 32: give the size .* --size"):
        read_picture_folder(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ResourceNotFound, match="pip install 'stnviz"):
        read_picture_folder(tmp_path)
