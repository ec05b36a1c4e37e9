"""Exports of what a visitor has uploaded, which no link holds."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image

from stnviz.export.formats import FORMATS
from stnviz.export.link import Link, read_link_text
from stnviz.export.opening import open_link, open_scene
from stnviz.export.own import Own
from stnviz.export.render import file_stem, render
from stnviz.export.request import Wanted
from stnviz.export.scenes.scene import NotExportable
from stnviz.ui.export.offers import first_sweep, formats_of, sweeps_of

BIRDS = "birds/2st-cnn-translation"


def photo(name: str = "my bird.jpg") -> Own:
    picture = np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8)
    return Own("photo", name, hashlib.sha256(picture.tobytes()).hexdigest(), photo=picture)


def trace() -> Own:
    """What another network does, as a file that a visitor has uploaded."""
    (source,) = open_scene("attention?model=birds/2st-cnn-translation&picture=7", Wanted()).sources
    return Own("trace", "my <net>.trace", "1", trace=source.trace)


@pytest.mark.feature
@pytest.mark.parametrize("page", ["attention", "inside"])
def test_a_photo_is_exported_in_place_of_the_links_picture(page: str) -> None:
    link, own = f"{page}?model={BIRDS}&picture=7", photo()
    scene = open_scene(link, Wanted(own=own))
    assert own.photo is not None
    (source,) = scene.sources
    shown = np.moveaxis(source.trace.images[0], 0, -1)
    np.testing.assert_allclose(shown, own.photo / 255, atol=1e-6)
    assert file_stem(scene) == "birds-2st-cnn-translation-photo-my-bird.jpg"
    assert "shown my bird.jpg" in scene.caption
    assert "picture" not in scene.caption
    assert scene.link == ""
    of_photo, of_picture = (
        json.loads(render(link, FORMATS.get("json"), wanted).data)
        for wanted in (Wanted(own=own), Wanted())
    )
    assert of_photo != of_picture
    swept = render(link, FORMATS.get("webp"), Wanted(own=own, frames=3, width=60, dpi=40))
    assert getattr(Image.open(io.BytesIO(swept.data)), "n_frames", 1) == 3


@pytest.mark.feature
@pytest.mark.parametrize(
    ("link", "index"), [("debug?image=0", 0), ("inside?model=trace:1&picture=5&lane=0&tick=0", 0)]
)
def test_a_trace_is_exported_as_it_is(link: str, index: int) -> None:
    own = trace()
    assert own.trace is not None
    scene = open_scene(link, Wanted(own=own))
    (source,) = scene.sources
    assert source.trace is own.trace
    assert scene.count == len(own.trace)
    assert scene.shown == index
    assert set(file_stem(scene)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    wide = Wanted(own=own, width=60, dpi=60)
    assert Image.open(io.BytesIO(render(link, FORMATS.get("png"), wide).data)).size[0] > 100


@pytest.mark.exception
def test_a_clip_is_saved_by_its_page() -> None:
    with pytest.raises(NotExportable, match="saved by the buttons below it"):
        open_scene("video?clip=turning", Wanted(own=Own("clip", "mine.mp4", "2")))


@pytest.mark.feature
def test_what_is_offered_for_an_upload() -> None:
    link = read_link_text(f"attention?model={BIRDS}")
    assert link is not None
    assert "txt" in [one.suffix for one in formats_of(link)]
    assert "txt" not in [one.suffix for one in formats_of(link, photo())]
    assert sweeps_of(link, photo())
    assert first_sweep(link, photo()) is not None
    traced = Link("inside", {"model": "trace:1"})
    assert sweeps_of(traced, trace()) == ()
    assert first_sweep(traced, trace()) is None


@pytest.mark.law
def test_uploads_are_known_by_their_contents() -> None:
    one, same, other = photo(), photo(), Own("photo", "my bird.jpg", "another")
    assert Wanted(own=one) == Wanted(own=same) != Wanted(own=other)
    assert hash(Wanted(own=one)) == hash(Wanted(own=same))
    assert open_link(Link("attention", {"model": BIRDS}), Wanted(own=one)).link == ""
