"""CUB-200-2011, on a folder of three birds in the official layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stnviz.data.birds.cub import CubNotFound, load_photos, read_cub
from stnviz.data.birds.parts import PARTS

LISTS = {
    "images.txt": "1 001.Sooty_Gull/a.jpg\n2 001.Sooty_Gull/b.jpg\n7 003.Red_Wren/c.jpg\n",
    "image_class_labels.txt": "1 1\n2 1\n7 3\n",
    "train_test_split.txt": "1 1\n2 0\n7 1\n",
    "bounding_boxes.txt": "1 10.0 20.0 30.0 40.0\n2 0.0 0.0 60.0 40.0\n7 70.0 5.0 30.0 20.0\n",
    "classes.txt": "1 001.Sooty_Gull\n3 003.Red_Wren\n",
    "parts/part_locs.txt": "1 2 30.0 20.0 1\n1 15 35.0 30.0 1\n1 1 0.0 0.0 0\n7 2 95.0 10.0 1\n",
}


def write(root: Path, **changed: str) -> Path:
    folder = root / "CUB_200_2011"
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    for name, text in LISTS.items():
        (folder / name).write_text(changed.get(name, text))
    for path, size in (("001.Sooty_Gull/a.jpg", (60, 80)), ("001.Sooty_Gull/b.jpg", (60, 40)),
                       ("003.Red_Wren/c.jpg", (100, 50))):  # fmt: skip
        (folder / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (90, 120, 60)).save(folder / "images" / path)
    return folder


@pytest.mark.feature
@pytest.mark.parametrize("inside", [False, True])
def test_the_lists_are_read(tmp_path: Path, inside: bool) -> None:
    folder = write(tmp_path)
    cub = read_cub(folder if inside else tmp_path)
    assert cub.species == ("Sooty Gull", "Red Wren")
    assert [photo.species for photo in cub.photos] == [0, 0, 1]
    assert [photo.train for photo in cub.photos] == [True, False, True]
    assert cub.damaged == ()


@pytest.mark.feature
def test_pictures_are_middle_squares_and_parts_move_with_them(tmp_path: Path) -> None:
    birds = load_photos(read_cub(write(tmp_path)), 24, train=True)
    assert birds.images.shape == (2, 24, 24, 3)
    assert birds.labels.tolist() == [0, 1]
    # The first is 60 x 80: its square begins 10 pixels down.
    beak, throat = birds.parts[0, PARTS.index("beak")], birds.parts[0, PARTS.index("throat")]
    assert beak.tolist() == pytest.approx([0.5, 10 / 60, 1])
    assert throat.tolist() == pytest.approx([35 / 60, 20 / 60, 1])
    assert birds.boxes[0].tolist() == pytest.approx([10 / 60, 10 / 60, 40 / 60, 50 / 60])
    assert birds.parts[0, PARTS.index("back"), 2] == 0
    # The beak of the wren, at 95 of 100, lies beyond its square.
    assert birds.parts[1, PARTS.index("beak"), 2] == 0
    assert birds.notes == ()
    assert "2 training photographs" in birds.source


@pytest.mark.exception
def test_what_is_damaged_is_passed_over_and_named(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        **{
            "bounding_boxes.txt": "1 10.0 20.0\n2 0.0 0.0 60.0 40.0\n7 70.0 5.0 30.0 20.0\n",
            "parts/part_locs.txt": "7 2 95.0\n7 99 1.0 1.0 1\n",
        },
    )
    (folder / "images" / "003.Red_Wren" / "c.jpg").write_bytes(b"\xff\xd8 no more")
    cub = read_cub(folder)
    assert [photo.path for photo in cub.photos] == ["001.Sooty_Gull/b.jpg", "003.Red_Wren/c.jpg"]
    assert len(load_photos(cub, 16, train=False)) == 1
    with pytest.raises(CubNotFound, match="None of the training pictures"):
        load_photos(cub, 16, train=True)
    (note,) = load_photos(cub, 16, train=False).notes
    assert note.startswith(
        "Passed over as damaged: bounding_boxes.txt line 1, part_locs.txt line 1"
    )
    assert note.endswith("and 1 more.")


@pytest.mark.exception
def test_a_folder_that_is_no_cub_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(
        CubNotFound, match=r"lacks images.txt, image_class_labels.txt.*get the archive"
    ):
        read_cub(tmp_path)
    folder = write(tmp_path)
    (folder / "classes.txt").unlink()
    with pytest.raises(CubNotFound, match=r"it lacks classes.txt:"):
        read_cub(tmp_path)
    (folder / "classes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CubNotFound, match=r"classes.txt cannot be read"):
        read_cub(tmp_path)
    with pytest.raises(CubNotFound, match="name no picture"):
        read_cub(write(tmp_path / "other", **{"images.txt": ""}))


@pytest.mark.feature
def test_any_kind_of_picture_is_made_colour(tmp_path: Path) -> None:
    folder = write(tmp_path)
    Image.new("L", (60, 80), 99).save(folder / "images" / "001.Sooty_Gull" / "a.jpg")
    Image.new("CMYK", (100, 50)).save(folder / "images" / "003.Red_Wren" / "c.jpg")
    birds = load_photos(read_cub(folder), 16, train=True)
    assert birds.images.shape == (2, 16, 16, 3)
    assert np.ptp(birds.images[0], axis=2).max() == 0
