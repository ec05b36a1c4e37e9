"""The scene of every page's link, and the sentences for links that cannot be drawn."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from stnviz.data.distortions import DISTORTIONS
from stnviz.export.formats import FORMATS
from stnviz.export.link import PAGES, read_link_text
from stnviz.export.opening import open_scene
from stnviz.export.render import file_stem, render
from stnviz.export.request import Wanted, check_pixels, parse_width
from stnviz.export.scenes.scene import NotExportable
from stnviz.export.scenes.sweep import parse_sweep, usual_sweep
from stnviz.export.stills import describe, write_still

OPENINGS = {
    "?": ("mnist-r-st-cnn-affine-vs-cnn-digit132-rotation35", 1),
    "inside?model=mnist-p/st-cnn-projective&digit=7&scale=0.8": (
        "mnist-p-st-cnn-projective-digit7-scale80", 1,
    ),
    "attention?model=mnist-addition/2st-fcn-affine": ("mnist-addition-2st-fcn-affine-picture0", 1),
    "attention?model=colocalise-t/st-finder-attention&snapshot=3": (
        "colocalise-t-st-finder-attention-training-picture0-step5", 28,
    ),
    "attention?what=mnist-volume": (
        "mnist-volume-digit79-x-angle-28-y-angle45-z-angle-25", 1,
    ),
    "attention?what=mnist-volume&digit=7&y_angle=0.5": ("mnist-volume-digit7-y-angle29", 1),
    "steps?what=sequences": ("sequences-rnn-spn-d3-translation-picture0-step3", 4),
    "steps?model=mnist-perturbed/ic-stn-4-projective&picture=2&tick=1": (
        "mnist-perturbed-ic-stn-4-projective-picture2-step1", 5,
    ),
    "time_machine?run=mnist-r/st-cnn-affine&picture=4&snapshot=0": (
        "mnist-r-st-cnn-affine-training-picture4-step0", 64,
    ),
    "video?clip=turning&seed=2": ("mnist-tc-st-cnn-affine-turning-digit132-seed2", 120),
    "results?set=Rotated": ("mnist-r-error-over-angle", 1),
    "inside?theta=0.5,0,0,0,0.5,0&padding=border": (
        "mnist-r-st-cnn-affine-digit132-rotation35-edited", 1,
    ),
    "debug?model=ill/constant&image=3": ("ill-constant-picture3", 1),
}  # fmt: skip


@pytest.mark.feature
@pytest.mark.parametrize("link", OPENINGS)
def test_the_link_of_every_page_opens(link: str) -> None:
    scene = open_scene(link, Wanted())
    name, count = OPENINGS[link]
    assert (file_stem(scene), scene.count) == (name, count)
    data = write_still(scene, Wanted(width=60, dpi=60), "png", lambda *_: None)
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    assert len(set(picture.resize((40, 40)).tobytes())) > 20  # something is drawn


@pytest.mark.law
def test_every_page_with_figures_is_opened() -> None:
    assert {link.partition("?")[0] or "play" for link in OPENINGS} == set(PAGES)


@pytest.mark.feature
def test_absolute_links_and_base_paths_are_read() -> None:
    link = read_link_text("https://example.org/stn/steps?picture=3&hide=answer,theta")
    assert link is not None
    assert (link.page, link.whole("picture", 0)) == ("steps", 3)
    assert link.hidden == {"answer", "theta"}
    assert read_link_text("mnist-r/st-cnn-affine") is None


@pytest.mark.feature
def test_frames_of_a_sweep_equal_single_scenes() -> None:
    swept = open_scene("mnist-rts/st-cnn-affine", Wanted(sweep="rotation=-45:45", frames=3))
    link = "?data=mnist-rts&models=mnist-rts/st-cnn-affine&digit=132&angle=0"
    alone = open_scene(link, Wanted())
    one, other = swept.sources[0].trace, alone.sources[0].trace
    np.testing.assert_allclose(one.images[1], other.images[0], atol=1e-6)
    np.testing.assert_allclose(one.steps[0].theta[1], other.steps[0].theta[0], atol=1e-5)
    assert list(swept.columns["angle"]) == pytest.approx([-math.pi / 4, 0, math.pi / 4])
    assert swept.draw(1).label == "Turn 0°"


@pytest.mark.feature
def test_hidden_parts_are_in_no_file() -> None:
    scene = open_scene("?hide=answer,theta", Wanted())
    assert "read as" not in describe(scene, scene.draw(0))
    table = FORMATS.get("csv").write(scene, Wanted(), lambda *_: None).decode()
    assert "theta_" not in table
    assert "class" not in table
    for kind in ("trace", "py"):
        with pytest.raises(NotExportable, match="hides"):
            FORMATS.get(kind).write(scene, Wanted(), lambda *_: None)
    svg = FORMATS.get("svg").write(scene, Wanted(), lambda *_: None).decode()
    shown = FORMATS.get("svg").write(open_scene("?", Wanted()), Wanted(), lambda *_: None)
    assert len(svg) < len(shown)


@pytest.mark.feature
def test_file_names_are_harmless() -> None:
    scene = open_scene("?", Wanted())
    from dataclasses import replace

    assert file_stem(replace(scene, name="../a b/<c>")) == "a-b-c"
    assert len(file_stem(replace(scene, name="x" * 900))) == 120


REFUSED = {
    "nothing/here": "`stnviz list checkpoints` names all",
    "https://example.org/train?x=1": "has no figure to export",
    "?data=odd": "The link names data",
    "?data=mnist-r": "names no network",
    "?data=mnist-r&models=mnist-r/none": "There is no checkpoint",
    "?data=mnist-r&models=mnist-r/cnn,mnist-tc/cnn": "one size",
    "?data=mnist-r&models=mnist-r/cnn&angle=99": "must be a number",
    "steps?picture=-1": "whole number",
    "steps?picture=999999": "pictures",
    "steps?handles=x": "must be places",
    "attention?what=mnist-addition&picture=999999": "There are",
    "video?clip=flying": "Choose a clip",
    "video?model=mnist-r/cnn": "follows no clip",
    "time_machine?run=watched/../../etc": "There is no watched training",
    "time_machine?run=glasses/st-gan-similarity": "export it on the Steps page",
    "results?set=Odd": "must be one of",
    "inside?theta=1,2": "theta has 6 numbers here, not 2",
    "inside?theta=1,a": "must be numbers from -100 to 100",
    "inside?padding=odd": "its padding one of zeros, border, reflection",
    "inside?theta=1,0,0,0,1,0&lane=5": "Choose one of its transformers",
}


@pytest.mark.exception
@pytest.mark.parametrize("link", REFUSED)
def test_what_cannot_be_drawn_gets_a_sentence(link: str) -> None:
    with pytest.raises(NotExportable) as refused:
        open_scene(link, Wanted())
    said = " ".join(str(refused.value).split())
    assert REFUSED[link] in said
    assert said.endswith(".")


@pytest.mark.exception
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rotation", "names no value"),
        ("colour=1:2", "names no value of this scene: write one of rotation"),
        ("rotation=1", "needs two different ends"),
        ("rotation=5:5", "needs two different ends"),
        ("rotation=a:b", "needs two different ends"),
        ("rotation=nan:inf", "needs two different ends"),
        ("rotation=-200:90", "goes from -180 to 180 degrees"),
        ("scale=0.1:1", "goes from 0.4 to 1.8 times"),
    ],
)
def test_sweeps_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(NotExportable, match=said):
        parse_sweep(text, DISTORTIONS.get("mnist-rts").parameters)


@pytest.mark.feature
def test_the_usual_sweep_is_the_range_of_the_training() -> None:
    sweep = usual_sweep("mnist-r")
    assert sweep is not None
    assert (sweep.low, sweep.high) == pytest.approx((-math.pi / 2, math.pi / 2))
    assert usual_sweep("free") is None


@pytest.mark.exception
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"width": 5.0}, "from 60 to 1,000 mm"),
        ({"width": math.inf}, "from 60 to 1,000 mm"),
        ({"dpi": 5_000}, "from 36 to 1,200 dpi"),
        ({"frames": 100_000}, "from 2 to 1,000"),
        ({"rate": 0.0}, "frames per second"),
    ],
)
def test_absurd_sizes_name_the_limit(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(NotExportable, match=said):
        Wanted(**wrong)  # type: ignore[arg-type]


@pytest.mark.exception
def test_too_many_pixels_are_refused_before_they_are_drawn() -> None:
    with pytest.raises(NotExportable, match="million that one file may have"):
        check_pixels(2_000, 1_000, 1_000)
    wanted = Wanted(width=1_000, dpi=1_200, sweep="rotation=-9:9", frames=2)
    with pytest.raises(NotExportable, match="4,096 a side"):
        render("mnist-r/st-cnn-affine", FORMATS.get("webp"), wanted)


@pytest.mark.exception
def test_a_still_of_a_sweep_and_an_animation_of_a_still_are_refused() -> None:
    with pytest.raises(NotExportable, match="holds one picture"):
        render("mnist-r/cnn", FORMATS.get("png"), Wanted(sweep="rotation=-9:9"))
    with pytest.raises(NotExportable, match="single picture"):
        render("results?", FORMATS.get("gif"), Wanted())
    with pytest.raises(NotExportable, match="no value to sweep"):
        render("steps?", FORMATS.get("gif"), Wanted(sweep="rotation=-9:9"))


@pytest.mark.feature
def test_widths_have_units() -> None:
    assert [parse_width(text) for text in ("160mm", "16cm", "160")] == [160, 160, 160]
    assert parse_width("6.3in") == pytest.approx(160.02)
    with pytest.raises(NotExportable, match="such as 160mm"):
        parse_width("wide")


@pytest.mark.feature
def test_a_digit_in_space_is_exported_flat_as_each_network_sees_it() -> None:
    plain, views, moved = open_scene("attention?what=mnist-volume", Wanted()).draw(0).panels
    assert (plain.picture.shape, views.picture.shape) == ((32, 32, 3), (64, 64, 3))
    assert (views.picture[:32, :32] == plain.picture).all()
    assert (moved.picture == plain.picture).all()
    assert [len(panel.outputs) for panel in (plain, views, moved)] == [0, 0, 1]
    assert (plain.answer, views.answer, moved.answer) == ("4", "4", "9")
    swept = open_scene("attention?what=mnist-volume", Wanted(sweep="z_angle=-45:45", frames=3))
    assert swept.count == 3
    assert swept.labels[0] == "Turn \u221245\u00b0"


@pytest.mark.exception
@pytest.mark.parametrize("query", ["y_angle=9", "digit=10000", "y_angle=1,2", "ink=zz"])
def test_a_digit_in_space_that_does_not_exist_is_refused(query: str) -> None:
    with pytest.raises(NotExportable, match="copy it again"):
        open_scene(f"attention?what=mnist-volume&{query}", Wanted())
