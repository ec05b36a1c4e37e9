"""Uploads: pictures become ink in the middle, anything else one clear sentence."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from stnviz.data.excess import format_excess
from stnviz.data.photos import LARGEST_FILE, BadPicture, read_digit, read_photo


def picture(mode: str = "RGB", ground: str = "white", ink: str = "black") -> Image.Image:
    """A seven in a corner of a large page."""
    image = Image.new(mode, (400, 300), ground)
    ImageDraw.Draw(image).line([(30, 40), (90, 40), (50, 140)], ink, width=12)
    return image


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


@pytest.mark.feature
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_a_digit_is_found_and_set_in_the_middle(kind: str) -> None:
    ink = read_digit(saved(picture(), kind))
    rows, columns = np.flatnonzero(ink.max(axis=1) > 60), np.flatnonzero(ink.max(axis=0) > 60)
    assert 17 <= rows[-1] - rows[0] + 1 <= 20
    assert abs((rows[0] + rows[-1]) / 2 - 13.5) <= 1
    assert abs((columns[0] + columns[-1]) / 2 - 13.5) <= 1
    assert ink.max() > 200


@pytest.mark.feature
@pytest.mark.parametrize(
    ("mode", "ground", "ink"),
    [("L", "black", "white"), ("RGB", "navy", "yellow"), ("CMYK", "white", "black")],
)
def test_ink_is_bright_whatever_it_was(mode: str, ground: str, ink: str) -> None:
    image = picture("RGB", ground, ink).convert(mode)
    found = read_digit(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert found[0].max() == 0
    assert found.max() > 200


@pytest.mark.feature
def test_what_is_transparent_is_paper() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(20, 20), (70, 80)], (0, 0, 0, 255), width=9)
    assert read_digit(saved(image)).max() > 200


@pytest.mark.feature
def test_a_grey_photo_of_sixteen_bits_keeps_its_shades() -> None:
    levels = np.linspace(1_000, 60_000, 64, dtype=np.uint16).reshape(8, 8).repeat(8, 0).repeat(8, 1)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    photo = read_photo(file.getvalue(), 8)
    assert photo[0, 0].max() < 10
    assert photo[-1, -1].min() > 245
    assert (np.diff(photo[..., 0].astype(int).ravel()) > 0).all()


@pytest.mark.feature
def test_the_orientation_tag_is_obeyed() -> None:
    image = picture()
    tags = image.getexif()
    tags[0x0112] = 6  # to be shown turned by a quarter
    file = io.BytesIO()
    image.save(file, "JPEG", exif=tags)
    turned = read_digit(saved(image.rotate(-90, expand=True), "JPEG"))
    assert np.abs(read_digit(file.getvalue()).astype(int) - turned).mean() < 12


@pytest.mark.exception
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a picture"),
        (b"%PDF-1.7 hello", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (saved(picture())[:200], "not a picture"),
        (b"\x89PNG" + b"x" * LARGEST_FILE, "5 MB"),
        (saved(Image.new("1", (5000, 4100))), "megapixels"),
        (saved(Image.new("1", (15000, 15000))), "megapixels"),
        (saved(Image.new("RGB", (50, 50), "white")), "no digit"),
        (saved(Image.new("RGB", (1, 1), "white")), "no digit"),
    ],
)
def test_anything_else_is_one_sentence(data: bytes, word: str) -> None:
    with pytest.raises(BadPicture, match=word) as caught:
        read_digit(data)
    assert str(caught.value).endswith(".")


def many_passes(count: int) -> bytes:
    """A progressive JPEG whose last pass stands in it ``count`` times."""
    file = io.BytesIO()
    picture().save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    tail = data[last:-2]
    return data[:last] + tail * count + data[-2:]


@pytest.mark.exception
def test_a_jpeg_of_thousands_of_passes_is_refused_before_it_is_decoded() -> None:
    assert read_digit(many_passes(1)).max() > 200
    began = time.perf_counter()
    with pytest.raises(BadPicture, match=r"stored in 5,\d\d\d passes: save it anew"):
        read_digit(many_passes(5_000))
    assert time.perf_counter() - began < 1


@pytest.mark.exception
def test_figures_in_a_refusal_tell_the_two_apart() -> None:
    with pytest.raises(BadPicture, match=r"has 20\.00\d* megapixels: choose one of at most 20"):
        read_digit(saved(Image.new("1", (5_001, 4_000))))
    with pytest.raises(BadPicture, match=r"has 5\.0\d* MB: choose one of at most 5"):
        read_digit(bytes(LARGEST_FILE + 9))
    assert [format_excess(v, 20) for v in (21.2, 20.4, 20.004)] == ["21", "20.4", "20.004"]
