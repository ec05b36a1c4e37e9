"""Every format, opened by a reader that is not ours: frames, sizes, words."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import av
import pytest
from PIL import Image
from pypdf import PdfReader

from stnviz.export.formats import FORMATS, format_of
from stnviz.export.opening import open_scene
from stnviz.export.render import Rendered, render
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable
from stnviz.export.tables import rows
from stnviz.records.trace_file import read_trace

NETWORK, FRAMES = "mnist-r/st-cnn-affine", 8
SWEEP = "rotation=-40:40"
WIDTH, DPI = 80.0, 100
PIXELS = round(WIDTH / 25.4 * DPI)
NAME = "mnist-r-st-cnn-affine-digit132"


@cache
def made(kind: str, theme: str = "light") -> Rendered:
    moving = FORMATS.get(kind).kind == "animation"
    wanted = Wanted(
        width=WIDTH, dpi=DPI, theme="dark" if theme == "dark" else "light",
        sweep=SWEEP if moving else "", frames=FRAMES if moving else None, rate=20.0,
    )  # fmt: skip
    return render(NETWORK, FORMATS.get(kind), wanted)


@pytest.mark.oracle
def test_a_png_has_the_size_and_says_what_it_is() -> None:
    picture = Image.open(io.BytesIO(made("png").data))
    assert picture.width == pytest.approx(PIXELS, abs=1)
    assert picture.info["dpi"][0] == pytest.approx(DPI, abs=0.1)
    assert "ST-CNN affine" in picture.info["Title"]
    assert "read as 2" in picture.info["Description"]
    assert made("png").name == f"{NAME}-rotation35.png"


@pytest.mark.oracle
def test_an_svg_is_xml_with_a_title_and_a_caption() -> None:
    root = ElementTree.fromstring(made("svg").data)
    assert root.attrib["role"] == "img"
    assert "Seed 0." in root.attrib["aria-label"]
    width = float(root.attrib["width"].removesuffix("pt"))
    assert width == pytest.approx(WIDTH / 25.4 * 72, abs=0.01)
    (title, *_) = root.iter("{http://www.w3.org/2000/svg}title")
    assert title.text == "A distorted 2 and what ST-CNN affine make of it"
    assert b"<script" not in made("svg").data


@pytest.mark.oracle
def test_a_pdf_has_one_page_of_this_width_and_its_text() -> None:
    reader = PdfReader(io.BytesIO(made("pdf").data))
    (page,) = reader.pages
    assert float(page.mediabox.width) == pytest.approx(WIDTH / 25.4 * 72, abs=0.1)
    text = page.extract_text()
    assert "gallery digit 132" in re.sub(r"\s+", " ", text)
    assert "Seed 0." in text
    assert reader.metadata is not None
    assert "read as 2" in str(reader.metadata.subject)
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert all(font["/Subtype"] in ("/Type3", "/TrueType", "/Type0") for font in fonts)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_an_animated_picture_has_every_frame(kind: str) -> None:
    picture = Image.open(io.BytesIO(made(kind).data))
    assert getattr(picture, "n_frames", 1) == FRAMES
    assert picture.width == pytest.approx(PIXELS, abs=1)
    picture.seek(0)
    first = picture.convert("RGB").tobytes()
    picture.seek(FRAMES - 1)
    assert picture.convert("RGB").tobytes() != first
    assert picture.info["duration"] == 50
    assert made(kind).name == f"{NAME}-rotation-40to40.{kind}"


@pytest.mark.oracle
def test_an_mp4_has_every_frame_at_its_rate() -> None:
    with av.open(io.BytesIO(made("mp4").data)) as file:
        (stream,) = file.streams.video
        frames = list(file.decode(stream))
        assert stream.average_rate == 20
    assert len(frames) == FRAMES
    assert frames[0].width == pytest.approx(PIXELS, abs=2)


@pytest.mark.feature
def test_the_dark_theme_is_dark() -> None:
    corner = Image.open(io.BytesIO(made("png", "dark").data)).convert("RGB").getpixel((2, 2))
    assert corner == (0x14, 0x16, 0x1A)
    corner = Image.open(io.BytesIO(made("png").data)).convert("RGB").getpixel((2, 2))
    assert corner == (0xFB, 0xFA, 0xF7)


@pytest.mark.oracle
def test_tables_hold_theta_and_the_box_of_every_frame() -> None:
    wanted = Wanted(sweep=SWEEP, frames=FRAMES)
    table = render(NETWORK, FORMATS.get("csv"), wanted).data.decode()
    found = list(csv.DictReader(io.StringIO(table)))
    assert len(found) == FRAMES
    whole = json.loads(render(NETWORK, FORMATS.get("json"), wanted).data)
    assert [row["frame"] for row in whole["rows"]] == list(range(FRAMES))
    assert "Seed 0." in whole["caption"]
    for one, other in zip(found, whole["rows"], strict=True):
        assert float(one["theta_a"]) == pytest.approx(other["theta_a"], abs=1e-6)
        corners = [other[f"{name}_x"] for name in ("top_left", "top_right", "bottom_left")]
        assert min(corners) >= other["box_x0"] - 1e-3
        assert other["box_x1"] >= max(corners) - 1e-3


@pytest.mark.feature
def test_a_box_is_where_theta_looks() -> None:
    scene = open_scene("mnist-tc/st-cnn-affine", Wanted())
    (row,) = rows(scene)
    # theta of (x, y) = (-1, -1) is the top left corner, in pixels of a 60 x 60 image.
    x = -row["theta_a"] - row["theta_b"] + row["theta_shift_x"]
    assert row["top_left_x"] == pytest.approx(30 * (x + 1), abs=0.02)


@pytest.mark.feature
def test_a_trace_is_read_again() -> None:
    wanted = Wanted(sweep=SWEEP, frames=FRAMES)
    trace = read_trace(render(NETWORK, FORMATS.get("trace"), wanted).data)
    assert len(trace) == FRAMES
    assert trace.provenance["model"] == NETWORK
    assert trace.provenance["digit"] == 132


@pytest.mark.feature
def test_the_link_of_a_checkpoint_opens_the_same_scene() -> None:
    link = render(NETWORK, FORMATS.get("txt"), Wanted()).data.decode().strip()
    again = open_scene(link, Wanted())
    assert again.caption == open_scene(NETWORK, Wanted()).caption


@pytest.mark.feature
def test_a_caption_can_be_left_out(tmp_path: Path) -> None:
    plain = render(NETWORK, FORMATS.get("png"), Wanted(width=WIDTH, dpi=DPI, captioned=False))
    height = Image.open(io.BytesIO(plain.data)).height
    assert height < Image.open(io.BytesIO(made("png").data)).height


@pytest.mark.exception
@pytest.mark.parametrize("name", ["figure", "figure.bmp", "figure.", "a/b.PNGX"])
def test_an_unknown_ending_lists_those_that_are_known(name: str) -> None:
    with pytest.raises(NotExportable, match=r"choose one of \.png, \.svg, \.pdf"):
        format_of(name)
